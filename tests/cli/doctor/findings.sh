# A split, an evened spelling, a name twice, somebody nobody knows, and a code under another name.
cat >scores.csv <<'END'
CVE_ENT,NOM_ENT,CVE_MUN,NOM_MUN
02,Baja California,02007,San Felipe
30,Veracruz,,XALAPA
20,Oaxaca,,San Juan Mixtepec
07,Chiapas,07001,Otro nombre
07,Chiapas,07002,Acala
07,Chiapas,07002,Acala otra vez
END
cat >census.csv <<'END'
code,name,parent_code
02002,Mexicali,02
30087,Jalapa,30
20208,San Juan Mixtepec,20
20209,San Juan Mixtepec,20
07001,Acacoyagua,07
07002,Acala,07
END
printf 'code,from_code\n02007,02002\n' >lineage.csv
mirti doctor scores.csv census.csv --lineage lineage.csv --left code=CVE_MUN,name=NOM_MUN,parent-code=CVE_ENT --language es
