# By how many points each indicator lifts a district's index above the mean of all; and one without.
cat >mirti.yaml <<END
mirti-project: 1
name: p
title: {en: A country, es: Un país}
language: en
model: index.yaml
census: {file: census.csv, source: c}
classes: {method: equal, levels: 2}
END
cat >index.yaml <<END
mirti-index: 1
name: i
population: children aged 5 to 17
indicators:
  absent: {more_is: worse, actionable: true, label: out of school}
  years: {more_is: better, actionable: true, label: schooling, factor: few years of schooling}
sources:
  c:
    kind: aggregates
    missing: [{codes: ['*'], reason: suppressed}]
    areas: {district: {code: C, name: NAME}}
    children: N
    indicators: {absent: OUT / N, years: YEARS}
END
cat >census.csv <<END
C,NAME,N,OUT,YEARS
1,North,100,10,9
2,South,200,100,4
3,East,50,15,6.5
4,West,*,*,*
5,Middle,0,0,8
END
mirti explain 2
mirti explain mirti.yaml 4 --language es
mirti explain 3 --json | grep -c points
