# SPDX-License-Identifier: GPL-3.0-or-later
#
# Says in words what a ranked municipality.csv of mirti holds; used by examples/quickstart, and an
# example of reading the file by the names of its columns.

# Splits a CSV record into field[1..n]; quotes may enclose commas and doubled quotes.
function split_csv(record, field,    n, i, c, quoted, text) {
    n = 0; text = ""; quoted = 0
    for (i = 1; i <= length(record); i++) {
        c = substr(record, i, 1)
        if (quoted) {
            if (c != "\"") text = text c
            else if (substr(record, i + 1, 1) == "\"") { text = text c; i++ }
            else quoted = 0
        } else if (c == "\"") quoted = 1
        else if (c == ",") { field[++n] = text; text = "" }
        else text = text c
    }
    field[++n] = text
    return n
}
function get(name) { return name in column ? value[column[name]] : "" }
function percent(p) { return sprintf("%.1f %%", 100 * p) }
# 1234567 -> 1 234 567
function count(x,    text, n) {
    text = sprintf("%.0f", x)
    for (n = length(text) - 3; n > 0; n -= 3) text = substr(text, 1, n) " " substr(text, n + 1)
    return text
}

{ sub(/\r$/, "") }
NR == 1 { sub(/^\357\273\277/, ""); n = split_csv($0, heading); for (i = 1; i <= n; i++) column[heading[i]] = i; next }
{
    split_csv($0, value)
    areas++
    if (get("risk") == "") { missing++; next }
    children += get("children")
    at_risk += get("at_risk")
    level = get("level")
    level_areas[level]++
    level_at_risk[level] += get("at_risk")
    if (++ranked <= 5)
        top[ranked] = sprintf("  %d. %s (%s): riesgo %s%s; unos %s niños, niñas y adolescentes", \
            ranked, get("name"), get("parent_name"), percent(get("risk")), \
            get("risk_lo") != "" ? " (entre " percent(get("risk_lo")) " y " percent(get("risk_hi")) ")" : "", \
            count(get("at_risk")))
    # The file is sorted by rank, so levels appear from the highest to the lowest.
    if (!(level in seen)) { seen[level] = 1; order[++levels] = level }
}
END {
    if (!ranked) { print "Ningún municipio con resultado." > "/dev/stderr"; exit 1 }
    spanish["high"] = "alto"; spanish["medium"] = "medio"; spanish["low"] = "bajo"
    printf "\nQué se encontró\n"
    printf "En los %s municipios se estima que %s de %s niños, niñas y adolescentes están en\n", \
        count(areas), count(at_risk), count(children)
    printf "trabajo infantil (%s).\n", percent(at_risk / children)
    for (i = 1; i <= levels; i++) {
        name = (order[i] in spanish) ? spanish[order[i]] : order[i]
        printf "  Riesgo %s: %s municipios, con %s de ellos.\n", name, \
            count(level_areas[order[i]]), count(level_at_risk[order[i]])
    }
    if (missing) printf "  Sin resultado: %s municipios (la columna `quality` dice por qué).\n", count(missing)
    print "Donde el riesgo es mayor:"
    for (i = 1; i <= ranked && i <= 5; i++) print top[i]
}
