// glibc's allocation trace: the tests only turn it on.
#pragma once
#define mtrace() ((void)0)
#define muntrace() ((void)0)
