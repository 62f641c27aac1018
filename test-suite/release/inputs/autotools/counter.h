int count_threads(int n); /* starts n threads and returns how many ran, or -1 */
