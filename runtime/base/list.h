// Intrusive doubly linked list: an object is a member by a Link it contains. No allocation, so nothing here can fail.
#pragma once
#include "base/base.h"

namespace [[gnu::visibility("hidden")]] coro {

struct Link {
    Link* next = nullptr;
    Link* prev = nullptr;
    bool linked() const { return next != nullptr; }
    void unlink() {
        prev->next = next;
        next->prev = prev;
        next = prev = nullptr;
    }
};

// A circular list whose head may lie in zeroed memory: null means empty.
class List {
public:
    bool empty() const { return !head_.next || head_.next == &head_; }
    Link* front() const { return empty() ? nullptr : head_.next; }
    // The one after `l`, null at the end.
    Link* after(const Link* l) const { return l->next == &head_ ? nullptr : l->next; }
    void push_back(Link* l) {
        if (!head_.next) head_.next = head_.prev = &head_;
        l->next = &head_;
        l->prev = head_.prev;
        head_.prev->next = l;
        head_.prev = l;
    }

private:
    Link head_;
};

}  // namespace coro
