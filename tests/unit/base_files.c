/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files, results that are whole or absent, and SHA-256 against the examples of FIPS 180-4 and CAVP.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/base.h"

static char folder[] = "base_files.XXXXXX";

static int set_up(void **state) {
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return chdir("..") == 0 && system(command) == 0 ? 0 : -1;
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_content(const char *path, const char *text) {
    char *data = NULL;
    size_t size = 0;
    assert_int_equal(mirti_file_read(path, &data, &size, NULL), MIRTI_OK);
    assert_string_equal(data, text);
    assert_int_equal(size, strlen(text));
    mirti_free(data);
}

/* Files in the working folder, hidden ones too. */
static int files_here(void) {
    FILE *list = popen("ls -A | wc -l", "r");
    int count = -1;
    assert_non_null(list);
    assert_int_equal(fscanf(list, "%d", &count), 1);
    pclose(list);
    return count;
}

static void test_sha256(void **state) {
    (void)state;
    char hex[65];
    mirti_sha256("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    mirti_sha256("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    mirti_sha256(two_blocks, sizeof two_blocks - 1, hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *million = malloc(1000000);
    assert_non_null(million);
    memset(million, 'a', 1000000);
    mirti_sha256(million, 1000000, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    FILE *file = fopen("million", "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(million, 1, 1000000, file), 1000000);
    fclose(file);
    char again[65];
    int64_t bytes = 0;
    assert_int_equal(mirti_sha256_file("million", again, &bytes, NULL), MIRTI_OK);
    assert_string_equal(again, hex);
    assert_int_equal(bytes, 1000000);
    /* Every length around the block size, against sha256sum of coreutils. */
    for (int length = 50; length <= 70; length++) {
        char command[64], theirs[65] = "";
        snprintf(command, sizeof command, "head -c %d million | sha256sum", length);
        FILE *pipe = popen(command, "r");
        assert_non_null(pipe);
        assert_int_equal(fscanf(pipe, "%64s", theirs), 1);
        pclose(pipe);
        mirti_sha256(million, (size_t)length, hex);
        assert_string_equal(hex, theirs);
    }
    free(million);
    unlink("million");
    mirti_error err = {0};
    assert_int_equal(mirti_sha256_file("absent", hex, NULL, &err), MIRTI_ERROR_INPUT);
    assert_string_equal(err.file, "absent");
}

static void test_read(void **state) {
    (void)state;
    char *data = NULL;
    size_t size = 0;
    mirti_error err = {0};
    assert_int_equal(mirti_file_read("absent", &data, &size, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "no such file"));
    assert_null(data);
    assert_int_equal(mirti_file_read(".", &data, &size, &err), MIRTI_ERROR_INPUT);
    FILE *file = fopen("large", "wb");
    assert_non_null(file);
    for (int i = 0; i < 100000; i++)
        fprintf(file, "%d\n", i);
    long length = ftell(file);
    fclose(file);
    assert_int_equal(mirti_file_read("large", &data, &size, NULL), MIRTI_OK);
    assert_int_equal(size, length);
    assert_int_equal(data[size], '\0');
    assert_memory_equal(data, "0\n1\n2\n", 6);
    assert_string_equal(data + size - 6, "99999\n");
    mirti_free(data);
    unlink("large");
}

static void test_commit(void **state) {
    (void)state;
    int before = files_here();
    mirti_output output = {0};
    mirti_error err = {0};
    assert_int_equal(mirti_output_begin(&output, "result.csv", false, false, &err), MIRTI_OK);
    fputs("whole", output.stream);
    struct stat found;
    assert_int_not_equal(stat("result.csv", &found), 0); /* not there before it is whole */
    assert_string_equal(output.temporary + strlen(output.temporary) - 4, ".csv");
    assert_int_equal(mirti_output_commit(&output, &err), MIRTI_OK);
    assert_content("result.csv", "whole");
    assert_int_equal(files_here(), before + 1);
    mirti_output_discard(&output); /* harmless */
    assert_content("result.csv", "whole");

    /* Not overwritten unasked, overwritten when asked; a discarded one leaves the former. */
    assert_int_equal(mirti_output_begin(&output, "result.csv", false, false, &err),
                     MIRTI_ERROR_USAGE);
    assert_non_null(strstr(err.remedy, "--overwrite"));
    assert_int_equal(mirti_output_begin(&output, "result.csv", true, false, &err), MIRTI_OK);
    fputs("half", output.stream);
    mirti_output_discard(&output);
    assert_content("result.csv", "whole");
    assert_int_equal(mirti_output_begin(&output, "result.csv", true, false, &err), MIRTI_OK);
    fputs("new", output.stream);
    assert_int_equal(mirti_output_commit(&output, &err), MIRTI_OK);
    assert_content("result.csv", "new");
    assert_int_equal(files_here(), before + 1);
    unlink("result.csv");
}

static void test_two_at_once(void **state) {
    (void)state;
    mirti_output a = {0}, b = {0};
    assert_int_equal(mirti_output_begin(&a, "same", true, false, NULL), MIRTI_OK);
    assert_int_equal(mirti_output_begin(&b, "same", false, false, NULL), MIRTI_OK);
    assert_string_not_equal(a.temporary, b.temporary);
    fputs("a", a.stream);
    fputs("b", b.stream);
    assert_int_equal(mirti_output_commit(&a, NULL), MIRTI_OK);
    /* The second was not allowed to overwrite, and meanwhile there is something. */
    assert_int_equal(mirti_output_commit(&b, NULL), MIRTI_ERROR_USAGE);
    assert_content("same", "a");
    unlink("same");
}

static void test_by_name(void **state) {
    (void)state;
    int before = files_here();
    mirti_output output = {0};
    assert_int_equal(mirti_output_begin(&output, "areas.gpkg", false, true, NULL), MIRTI_OK);
    assert_null(output.stream);
    assert_int_equal(files_here(), before); /* the library creates it */
    write_file(output.temporary, "content");
    assert_int_equal(mirti_output_commit(&output, NULL), MIRTI_OK);
    assert_content("areas.gpkg", "content");
    /* The library failed and wrote nothing, or left side files behind. */
    mirti_error err = {0};
    assert_int_equal(mirti_output_begin(&output, "areas.gpkg", true, true, &err), MIRTI_OK);
    assert_int_equal(mirti_output_commit(&output, &err), MIRTI_ERROR_OUTPUT);
    assert_int_equal(mirti_output_begin(&output, "areas.gpkg", true, true, &err), MIRTI_OK);
    write_file(output.temporary, "x");
    char side[300];
    snprintf(side, sizeof side, "%s-wal", output.temporary);
    write_file(side, "x");
    mirti_output_discard(&output);
    assert_int_equal(files_here(), before + 1);
    assert_content("areas.gpkg", "content");
    unlink("areas.gpkg");
}

static void test_full_disk(void **state) {
    (void)state;
    if (access("/dev/full", W_OK) != 0) skip();
    mirti_output output = {0};
    mirti_error err = {0};
    assert_int_equal(mirti_output_begin(&output, "/dev/full", false, false, &err), MIRTI_OK);
    for (int i = 0; i < 10000; i++)
        fputs("more than fits\n", output.stream);
    assert_int_equal(mirti_output_commit(&output, &err), MIRTI_ERROR_OUTPUT);
    assert_non_null(strstr(err.message, "no space left"));
    assert_string_equal(err.file, "/dev/full");
    assert_int_equal(access("/dev/full", F_OK), 0); /* the device is still there */
    assert_int_equal(mirti_output_begin(&output, "/dev/full", true, true, &err), MIRTI_ERROR_USAGE);
}

static void test_bad_places(void **state) {
    (void)state;
    mirti_output output = {0};
    mirti_error err = {0};
    assert_int_equal(mirti_output_begin(&output, "no/such/folder", false, false, &err),
                     MIRTI_ERROR_OUTPUT);
    assert_string_equal(err.file, "no/such/folder");
    assert_null(output.path);
    assert_int_equal(mirti_output_begin(&output, ".", true, false, &err), MIRTI_ERROR_USAGE);
    assert_int_equal(mirti_output_commit(&output, &err), MIRTI_ERROR_INTERNAL);
}

/* Of a symbolic link the target is replaced, and the link stays a link. */
static void test_link(void **state) {
    (void)state;
    write_file("target", "old");
    assert_int_equal(symlink("target", "link"), 0);
    mirti_output output = {0};
    assert_int_equal(mirti_output_begin(&output, "link", true, false, NULL), MIRTI_OK);
    fputs("new", output.stream);
    assert_int_equal(mirti_output_commit(&output, NULL), MIRTI_OK);
    struct stat found;
    assert_int_equal(lstat("link", &found), 0);
    assert_true(S_ISLNK(found.st_mode));
    assert_content("target", "new");
    unlink("link");
    unlink("target");
}

static void test_folders(void **state) {
    (void)state;
    assert_int_equal(mirti_directory_make("a/b//c/", NULL), MIRTI_OK);
    assert_int_equal(mirti_directory_make("a/b/c", NULL), MIRTI_OK);
    write_file("a/file", "");
    mirti_error err = {0};
    assert_int_equal(mirti_directory_make("a/file/d", &err), MIRTI_ERROR_OUTPUT);
    assert_int_equal(mirti_directory_make("a/file", &err), MIRTI_ERROR_OUTPUT);
    assert_int_equal(mirti_directory_make("/proc/nothing/here", &err), MIRTI_ERROR_OUTPUT);
    assert_int_equal(system("rm -r a"), 0);
}

static void test_paths(void **state) {
    (void)state;
    static const struct {
        const char *directory, *name, *joined;
    } cases[] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"},         {NULL, "b", "b"},
                 {"a", "/b", "/b"}, {"/", "b", "/b"},   {"a", "../b", "a/../b"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *joined = mirti_path_join(cases[i].directory, cases[i].name);
        assert_string_equal(joined, cases[i].joined);
        mirti_free(joined);
    }
    static const char *const directories[][2] = {
        {"a/b", "a"}, {"b", "."}, {"/b", "/"}, {"a/b/c", "a/b"}};
    for (size_t i = 0; i < 4; i++) {
        char *directory = mirti_path_directory(directories[i][0]);
        assert_string_equal(directory, directories[i][1]);
        mirti_free(directory);
    }
}

static mirti_status write_and_read(mirti_error *err) {
    mirti_output output = {0};
    mirti_status status = mirti_output_begin(&output, "oom", true, false, err);
    if (status != MIRTI_OK) return status;
    fputs("x", output.stream);
    status = mirti_output_commit(&output, err);
    if (status != MIRTI_OK) return status;
    char *data = NULL;
    size_t size = 0;
    status = mirti_file_read("oom", &data, &size, err);
    mirti_free(data);
    if (status == MIRTI_OK) status = mirti_directory_make("oom.d", err);
    return status;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(write_and_read) >= 4);
    unlink("oom");
    rmdir("oom.d");
    assert_int_equal(files_here(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),         cmocka_unit_test(test_read),
        cmocka_unit_test(test_commit),         cmocka_unit_test(test_two_at_once),
        cmocka_unit_test(test_by_name),        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_bad_places),     cmocka_unit_test(test_link),
        cmocka_unit_test(test_folders),        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests_name("base: files", tests, set_up, tear_down);
}
