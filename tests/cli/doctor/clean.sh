# Codes without their zeros on one side, in two columns on the other: everything joins.
cat >scores.csv <<'END'
clave,nombre,riesgo
1001,Aguascalientes,0.1
9002,Azcapotzalco,0.2
END
cat >census.csv <<'END'
ENTIDAD,NOM_ENT,MUN,NOM_MUN
00,Total nacional,000,Total nacional
01,Aguascalientes,000,Total
01,Aguascalientes,001,Aguascalientes
09,Ciudad de México,002,Azcapotzalco
END
mirti doctor scores.csv census.csv --left code=clave,name=nombre
