fn main() {
    println!("cargo:rerun-if-changed=src/turns.c");
    cc::Build::new().file("src/turns.c").compile("turns");
}
