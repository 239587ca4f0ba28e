# More parts than PSUs; a part without which nothing can be fitted; a survey that knows no states.
cat >mirti.yaml <<END
mirti-project: 1
name: p
model: model.yaml
survey: {file: survey.csv, source: s}
census: {file: census.csv, source: c}
END
cat >model.yaml <<END
mirti-model: 1
name: m
outcome: {name: works, label: {en: child work}}
predictors:
  old: {kind: binary, label: {en: older}}
terms: [old]
sources:
  s:
    kind: survey
    outcome: Y = 1
    predictors: {old: A = 1}
    weight: W
    psu: P
  c:
    kind: aggregates
    areas: {district: {code: C}}
    cells: [{old: 1, children: N}, {old: 0, children: M}]
END
cat >survey.csv <<END
P,W,Y,A
1,1,1,1
1,2,0,0
2,1,1,1
2,2,0,0
3,2,0,0
3,1,0,1
4,1,1,0
4,3,1,1
END
mirti validate mirti.yaml --survey-only || echo $?
mirti validate mirti.yaml --survey-only --folds 4 --language en
mirti validate mirti.yaml --survey-only --folds 4 --output out --quiet
ls out
