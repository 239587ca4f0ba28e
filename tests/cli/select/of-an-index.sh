# An index has no terms to choose, and nothing is read for it.
cat >mirti.yaml <<END
mirti-project: 1
name: p
model: index.yaml
census: {file: census.csv, source: c}
END
cat >index.yaml <<END
mirti-index: 1
name: i
indicators: {a: {more_is: worse}}
sources:
  c:
    kind: aggregates
    areas: {district: {code: C}}
    children: N
    indicators: {a: A}
END
mirti select mirti.yaml
