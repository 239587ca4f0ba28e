// SPDX-License-Identifier: GPL-3.0-or-later
//
// The same scans as tests/bench/census.c, by DuckDB, each in several forms that its users would write; the form
// that was quickest is the answer. Run by tests/bench/census_scan, which finds DuckDB's module.
//
//   node census_duckdb.mjs MODULE FILE THREADS scan|households
//
// Prints "seconds N", "form NAME", and for each municipality its number, persons and expected cases.
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";

const [, , folder, file, threads, what] = process.argv;
const require = createRequire(pathToFileURL(folder + "/"));
const { DuckDBInstance } = require("@duckdb/node-api");

const types = {
  FACTOR: "SMALLINT", MUN: "SMALLINT", SEXO: "TINYINT", EDAD: "TINYINT", HLENGUA: "TINYINT", ASISTEN: "TINYINT",
  ESCOACUM: "TINYINT", PISOS: "TINYINT", INTERNET: "TINYINT", PARENTESCO: "SMALLINT", ID_VIV: "BIGINT",
};
const used = "MUN, FACTOR, SEXO, EDAD, HLENGUA, ASISTEN, ESCOACUM, PISOS, INTERNET";
const score = `-3.0 - 0.7 * (SEXO = 3)::INT + 1.4 * (EDAD >= 12)::INT + 0.3 * (HLENGUA = 1)::INT
  + 1.1 * coalesce(ASISTEN = 3, false)::INT + 0.4 * coalesce(ESCOACUM < 6, false)::INT
  + 0.5 * (PISOS = 1)::INT - 0.2 * (INTERNET = 7)::INT`;
const household_score = `${score} + 0.3 * coalesce(head < 6, false)::INT + 0.15 * small`;
const sums = (of, score) => `SELECT MUN::INT, sum(FACTOR::INT)::BIGINT, sum(FACTOR::INT / (1 + exp(-(${score}))))
  FROM ${of} WHERE EDAD BETWEEN 5 AND 17 GROUP BY ALL ORDER BY 1`;
const head = "max(ESCOACUM) FILTER (PARENTESCO = 101)";
const small = "count(*) FILTER (EDAD < 5)";

// Reading: types declared (text for what is not used costs least), or all as text and cast where it is used. What
// DuckDB detects by itself is not asked for: it takes the first rows for all, and codes with zeros for text.
async function readings(connection) {
  const names = (await connection.runAndReadAll(`SELECT * FROM read_csv('${file}', all_varchar = true) LIMIT 0`))
    .columnNames();
  const columns = names.map((name) => `'${name}': '${types[name] ?? "VARCHAR"}'`).join(", ");
  return {
    "types declared": `read_csv('${file}', auto_detect = false, header = true, delim = ',', quote = '"',
      columns = {${columns}})`,
    "cast where used": `(SELECT ${Object.entries(types).map(([name, type]) => `${name}::${type} AS ${name}`).join(", ")}
      FROM read_csv('${file}', all_varchar = true))`,
  };
}

const forms = {
  scan: { "one query": (csv) => [sums(csv, score)] },
  households: {
    window: (csv) => [sums(`(SELECT *, ${head} OVER w AS head, ${small} OVER w AS small FROM
      (SELECT ID_VIV, PARENTESCO, ${used} FROM ${csv}) WINDOW w AS (PARTITION BY ID_VIV))`, household_score)],
    "join of the file with itself": (csv) => [sums(`(SELECT ${used}, ID_VIV FROM ${csv}) JOIN
      (SELECT ID_VIV, ${head} AS head, ${small} AS small FROM ${csv} GROUP BY ID_VIV) USING (ID_VIV)`,
      household_score)],
    "join of a table in memory": (csv) => [
      `CREATE OR REPLACE TEMP TABLE p AS SELECT ID_VIV, PARENTESCO, ${used} FROM ${csv}`,
      sums(`p JOIN (SELECT ID_VIV, ${head} AS head, ${small} AS small FROM p GROUP BY ID_VIV) USING (ID_VIV)`,
        household_score)],
  },
};

async function run(queries) {
  const instance = await DuckDBInstance.create(":memory:", { threads });
  const connection = await instance.connect();
  await connection.run("SET preserve_insertion_order = false");
  const begin = performance.now();
  let rows;
  for (const query of queries) rows = (await connection.runAndReadAll(query)).getRows();
  const seconds = (performance.now() - begin) / 1000;
  connection.closeSync();
  return { seconds, rows };
}

const connection = await (await DuckDBInstance.create(":memory:")).connect();
let best = null;
for (const [reading, csv] of Object.entries(await readings(connection)))
  for (const [form, queries] of Object.entries(forms[what])) {
    const result = { ...(await run(queries(csv))), form: `${form}, ${reading}` };
    if (best === null || result.seconds < best.seconds) best = result;
  }
console.log(`seconds ${best.seconds.toFixed(3)}`);
console.log(`form ${best.form}`);
for (const [place, persons, cases] of best.rows) console.log(`${place} ${persons} ${cases.toFixed(4)}`);
