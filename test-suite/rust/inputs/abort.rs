// Compiled with panic = "abort".
fn main() {
    std::thread::spawn(|| panic!("the end")).join().unwrap_err();
}
