# An index and a risk: joined by code, levels crossed in the order of their scores, what is in one
# list only counted, what has no score left out.
cat >index.csv <<END
code,level,risk,index
"01",alto,,80
"02",medio,,50
"03",bajo,,10
"04",bajo,,20
"05",,,
"09",alto,,90
END
cat >model.csv <<END
code,risk,level
"05",0.10,low
"04",0.05,low
"03",0.30,high
"02",0.20,low
"01",0.40,high
END
mirti compare index.csv model.csv
