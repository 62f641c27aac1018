# strace's lines without what differs from run to run.
/^execve\|ld-musl\|^---/d
s/0x[0-9a-f]*/ADDRESS/g
/^\(fork\|clone\|wait4\|getpid\|getppid\|gettid\|set_tid_address\|tkill\|kill\)(/s/[0-9]\{1,\}/ID/g
s/[0-9]\{4,\}/NUMBER/g
s/ *= / = /
