#include "workload.h"
int main(int argc, char** argv) {
    const char* part = argc > 1 ? argv[1] : "";
    signal(SIGPIPE, SIG_IGN);
    if (!strcmp(part, "threads")) threads_part();
    else if (!strcmp(part, "descriptors")) descriptors_part();
    else if (!strcmp(part, "hand_off")) hand_off_part();
    else if (!strcmp(part, "signals")) signals_part();
    else if (!strcmp(part, "processes")) processes_part();
    else return 2;
    return 0;
}
