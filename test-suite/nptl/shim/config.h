// glibc's configuration, of which the tests need nothing.
