// A small database on disk: tables, an index, a transaction rolled back, sorting, a check; removed at the end.
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

static const char script[] =
    "create table t(n integer primary key, word text, half real);"
    "with recursive c(n) as (select 1 union all select n + 1 from c where n < 2000)"
    " insert into t select n, printf('word %d', n * 7919 % 2000), n / 2.0 from c;"
    "create index by_word on t(word);"
    "begin; delete from t where n % 3 = 0; rollback;"
    "begin; update t set half = half + 1 where n % 5 = 0; commit;"
    "select count(*), sum(half), max(word) from t;"
    "select word from t order by half desc, word limit 3;"
    "pragma integrity_check; vacuum;";

static int print(void* unused, int columns, char** values, char** names) {
    for (int i = 0; i < columns; i++) printf("%s%c", values[i], i + 1 < columns ? ' ' : '\n');
    return 0;
}

int main(void) {
    sqlite3* db;
    char* error = 0;
    if (sqlite3_open("sql.db", &db) || sqlite3_exec(db, script, print, 0, &error)) {
        printf("%s\n", error ? error : "cannot open");
        return 1;
    }
    sqlite3_close(db);
    return unlink("sql.db");
}
