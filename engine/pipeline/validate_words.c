/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a validation says, once per language. */
#include "validate_words.h"

#include <string.h>

static const mirti_validation_words words[] = {
    {
        .language = "es",
        .head = "Validación de «%s», con %s\n",
        .design = "%s niñas, niños y adolescentes; %s estratos, %s UPM. Condición: %s, %.1f %% "
                  "(%.1f a %.1f).\n",
        .judged =
            "Entre paréntesis, intervalos de %.0f %% según el diseño de la encuesta. «Fuera de "
            "muestra»: cada parte se predice\ncon un modelo ajustado sin ella (%d partes de UPM "
            "completas; estados completos).\n",
        .effects =
            "Se juzga el modelo con efectos de las áreas que usa `mirti run` (nivel %s). «En la "
            "muestra», lo que la encuesta\ndice de un área, cada quien incluido, ya está en el "
            "riesgo de su gente; al dejar fuera UPM, sólo lo que dicen de\nella las demás (algo se "
            "sabe del área de %.0f de cada 100 personas); al dejar fuera estados, nada: es como en "
            "un\nlugar sin encuesta. Cuentan las cifras fuera de muestra.\n",
        .discrimination = "\n1. ¿Distingue quién está en la condición?\n",
        .sample = "en la muestra",
        .traits = "en la muestra, sólo rasgos",
        .unseen = "fuera de muestra, UPM",
        .elsewhere = "fuera de muestra, estados",
        .pairs =
            "  De 100 parejas al azar, una persona en la condición y otra no, el modelo da más "
            "riesgo a la primera en %.0f\n  (50 sería echar una moneda al aire).\n",
        .captured =
            "  Quien atienda al 10, 20 y 30 %% de mayor riesgo llega al %.0f, %.0f y %.0f %% de "
            "quienes están en la condición.\n",
        .discriminates = {"", "Distingue poco.", "Distingue de forma aceptable.", "Distingue bien.",
                          "Distingue muy bien."},
        .calibration = "\n2. ¿Son ciertas sus probabilidades?\n",
        .slope = "pendiente (ideal 1)",
        .intercept = "constante (ideal 0)",
        .brier = "Brier (0 es perfecto)",
        .says = "  Frente a dar a todos la tasa general, el error cuadrático baja %.1f %%.\n",
        .calibrated = {"", "Las probabilidades no son de fiar: use el orden, no el nivel.",
                       "Las probabilidades son aproximadas.",
                       "Donde dice 20 de cada 100, son cerca de 20.", ""},
        .groups = "  grupo de riesgo      personas    previsto   observado fuera de muestra\n",
        .unseen_fit = "\n3. ¿Se ajusta el modelo a lo observado? (Archer y Lemeshow, fuera de "
                      "muestra, UPM)\n",
        .fit = "\n3. ¿Se ajusta el modelo a lo observado? (Archer y Lemeshow)\n",
        .fits =
            {"No se pudo probar.",
             ("Hay desajuste. Con muestras grandes se detecta también el pequeño: mire en la tabla "
              "de arriba si importa."),
             "Hay señales de desajuste: mire en la tabla de arriba si importa.",
             "Sin señales de desajuste.", ""},
        .unseen_thresholds =
            "\n4. ¿Qué pasa si se señala a quien pasa de cierto riesgo? (fuera de muestra, UPM)\n",
        .thresholds = "\n4. ¿Qué pasa si se señala a quien pasa de cierto riesgo?\n",
        .threshold_columns = {"umbral", "señalados", "sensibilidad", "especificidad", "VPP", "VPN"},
        .threshold_words =
            "  señalados: de todos; sensibilidad: señalados entre quienes están en la condición;\n"
            "  especificidad: no señalados entre los demás; VPP: en la condición, entre los "
            "señalados;\n"
            "  VPN: fuera de ella, entre los no señalados.\n",
        .youden = "  (el punto de Youden)",
        .rate = "  (la tasa general)",
        .collinearity = "\n5. ¿Se estorban los rasgos entre sí? (inflación de varianza)\n",
        .inflation_columns = "  %-52s  columnas    FIV\n",
        .collinear = {"",
                      ("Hay rasgos que casi dicen lo mismo: sus coeficientes por separado no son "
                       "de fiar."),
                      "Algunos rasgos se parecen: lea sus coeficientes con cautela.",
                      "No se estorban.", ""},
        .areas = "\n6. ¿Coincide con lo que la encuesta dice de cada estado?\n",
        .within =
            "  El modelo cae dentro del intervalo de la encuesta en %d de %d estados; ajustado "
            "sin el propio estado, en %d.\n",
        .areas_with_effects =
            "  La tasa del modelo ya vio lo que la encuesta dice del estado y lo sigue en parte; "
            "«sin él», no.\n",
        .agree = {"",
                  "No explica las diferencias entre estados; `benchmark: true` las lleva al mapa.",
                  "Explica en parte las diferencias entre estados; considere `benchmark: true`.",
                  "Explica bien las diferencias entre estados.", ""},
        .area_columns = {"estado", "personas", "encuesta, %", "modelo ", "dif.", "z", "sin él",
                         "AUC", "censo"},
        .no_areas =
            "  La fuente de la encuesta no dice en qué estado vive cada quien (parent_area).\n",
        .outside = "  *: fuera del intervalo. z: diferencia entre su error. «sin él» y AUC: del "
                   "modelo ajustado sin el estado.\n",
        .failed = "  No se pudo ajustar sin %s %s: %s\n",
        .fold = "la parte",
        .area = "el área",
    },
    {
        .language = "en",
        .head = "Validation of \"%s\", with %s\n",
        .design = "%s children; %s strata, %s PSUs. Outcome: %s, %.1f %% (%.1f to %.1f).\n",
        .judged =
            "In brackets, %.0f %% intervals by the survey's design. \"Out of sample\": each part "
            "is predicted by a model\nfitted without it (%d parts of whole PSUs; whole "
            "states).\n",
        .effects =
            "Judged is the model with effects of areas that `mirti run` uses (level %s). \"In the "
            "sample\", what the survey says\nof an area, each child included, is in the risk of "
            "its children; with PSUs left out, only what the others say\nof it (something is known "
            "of the area of %.0f of 100 children); with states left out, nothing: as in a place "
            "that\nthe survey did not visit. The numbers out of sample are the ones that "
            "count.\n",
        .discrimination = "\n1. Does it tell who has the outcome?\n",
        .sample = "in the sample",
        .traits = "in the sample, traits alone",
        .unseen = "out of sample, PSUs",
        .elsewhere = "out of sample, states",
        .pairs =
            "  Of 100 random pairs, one child with the outcome and one without, the model gives "
            "more risk to the first in %.0f\n  (50 would be tossing a coin).\n",
        .captured =
            "  Reaching the 10, 20 and 30 %% of highest risk reaches %.0f, %.0f and %.0f %% of "
            "those with the outcome.\n",
        .discriminates = {"", "It tells them apart poorly.", "It tells them apart acceptably.",
                          "It tells them apart well.", "It tells them apart very well."},
        .calibration = "\n2. Are its probabilities true?\n",
        .slope = "slope (ideal 1)",
        .intercept = "intercept (ideal 0)",
        .brier = "Brier (0 is perfect)",
        .says =
            "  Against giving everybody the overall rate, the squared error falls by %.1f %%.\n",
        .calibrated = {"",
                       "The probabilities are not to be relied on: use the order, not the level.",
                       "The probabilities are approximate.",
                       "Where it says 20 in 100, it is about 20.", ""},
        .groups = "  group of risk        children   predicted    observed out of sample\n",
        .unseen_fit = "\n3. Does the model fit what was observed? (Archer and Lemeshow, out of "
                      "sample, PSUs)\n",
        .fit = "\n3. Does the model fit what was observed? (Archer and Lemeshow)\n",
        .fits = {"It could not be tested.",
                 ("There is misfit. In large samples a small one is found as well: the table above "
                  "shows whether it matters."),
                 "There are signs of misfit: the table above shows whether it matters.",
                 "No sign of misfit.", ""},
        .unseen_thresholds =
            "\n4. What if those above some risk are flagged? (out of sample, PSUs)\n",
        .thresholds = "\n4. What if those above some risk are flagged?\n",
        .threshold_columns = {"threshold", "flagged", "sensitivity", "specificity", "PPV", "NPV"},
        .threshold_words = "  flagged: of all; sensitivity: flagged among those with the outcome; "
                           "specificity: not\n"
                           "  flagged among the others; PPV: with the outcome, among the flagged; "
                           "NPV: without it,\n"
                           "  among those not flagged.\n",
        .youden = "  (Youden's point)",
        .rate = "  (the overall rate)",
        .collinearity = "\n5. Are the traits in each other's way? (variance inflation)\n",
        .inflation_columns = "  %-52s   columns    VIF\n",
        .collinear = {"",
                      ("Some traits say nearly the same: their coefficients cannot be relied on "
                       "singly."),
                      "Some traits are alike: read their coefficients with caution.",
                      "They are not.", ""},
        .areas = "\n6. Does it agree with what the survey says of each state?\n",
        .within =
            "  The model is within the survey's interval in %d of %d states; fitted without the "
            "state itself, in %d.\n",
        .areas_with_effects =
            "  The model's rate has seen what the survey says of the state and follows it in part; "
            "\"without it\" has not.\n",
        .agree = {"",
                  ("It does not explain the differences between states; `benchmark: true` carries "
                   "them to the map."),
                  "It explains part of the differences between states; consider `benchmark: true`.",
                  "It explains the differences between states well.", ""},
        .area_columns = {"state", "children", "survey, %", "model ", "diff.", "z", "without", "AUC",
                         "census"},
        .no_areas =
            "  The survey's source does not say in which state a child lives (parent_area).\n",
        .outside = "  *: outside the interval. z: difference over its error. \"without\" and AUC: "
                   "of the model fitted without the state.\n",
        .failed = "  Could not be fitted without %s %s: %s\n",
        .fold = "part",
        .area = "area",
    },
};

const mirti_validation_words *mirti_validation_words_in(const char *language) {
    return strcmp(language, words[1].language) == 0 ? &words[1] : &words[0];
}
