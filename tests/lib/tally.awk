# SPDX-License-Identifier: GPL-3.0-or-later
#
# Counts test cases in a JUnit file of CTest and prints "PASSED FAILED SKIPPED" as its last line.
# A cmocka program counts as its cases, anything else as one; a program that failed without saying
# which case (a crash, a sanitizer's report) counts as one failure. With -v names=1, lines before
# that name each test that failed or skipped, with the first line of its output that says why
# ("SKIP: reason").
function note(word) {
    if (names) printf "  %s: %s%s\n", word, test, (reason != "" ? " (" reason ")" : "")
}
/^\t<testcase / {
    test = $0; sub(/.*<testcase name="/, "", test); sub(/".*/, "", test)
    status = $0; sub(/.* status="/, "", status); sub(/".*/, "", status)
    cmocka = cases_passed = cases_failed = cases_skipped = 0
    reason = ""
}
/SKIP: / && reason == "" { reason = $0; sub(/.*SKIP: /, "", reason) }
/\[  PASSED  \] [0-9]+ test\(s\)/ { cmocka = 1; sub(/.*PASSED  \] /, ""); cases_passed += $1 }
/\[  FAILED  \] [0-9]+ test\(s\)/ { cmocka = 1; sub(/.*FAILED  \] /, ""); cases_failed += $1 }
/\[  SKIPPED \] [0-9]+ test\(s\)/ { cmocka = 1; sub(/.*SKIPPED \] /, ""); cases_skipped += $1 }
# Only a test itself may say that it is skipped; one that could not be started, because it was not
# built or what it needs had failed, was promised and not kept.
/<skipped message="/ && !/message="SKIP_/ {
    status = "fail"
    reason = $0; sub(/.*message="/, "", reason); sub(/".*/, "", reason)
}

/^\t<\/testcase>/ {
    if (status == "notrun" || status == "disabled") {
        skipped++
        note("skipped")
    } else {
        passed += cmocka ? cases_passed : (status == "run")
        skipped += cases_skipped
        if (cases_skipped) note(cases_skipped " skipped in")
        if (status == "fail") {
            failed += cases_failed ? cases_failed : 1
            note("failed")
        }
    }
}
END { printf "%d %d %d\n", passed, failed, skipped }
