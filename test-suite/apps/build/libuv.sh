# libuv and its test runner, with the assertions in.
cmake -G Ninja -S libuv -B objects -DCMAKE_C_COMPILER="${CC%% *}" -DCMAKE_C_FLAGS="${CC#* } -O1 -g" -DLIBUV_BUILD_BENCH=OFF
ninja -C objects -j "$jobs" uv_run_tests_a
"$AR" rc "$keep/uv_run_tests.a" objects/CMakeFiles/uv_run_tests_a.dir/test/*.o
cp -r objects/libuv.a libuv/test/fixtures "$keep"
