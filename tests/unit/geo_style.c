/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The legend and the colours of the map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "geo/style.h"
#include "geo_results.h"

/* CIE 1976 lightness of an sRGB colour, 0..100. */
static double lightness(uint32_t colour) {
    const double share[] = {0.2126, 0.7152, 0.0722};
    double y = 0.0;
    for (int i = 0; i < 3; i++) {
        double c = (double)(colour >> (16 - 8 * i) & 0xFF) / 255.0;
        y += share[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return y > 0.008856 ? 116.0 * cbrt(y) - 16.0 : 903.3 * y;
}

/* What makes a map readable in grey and for every kind of colour blindness: the levels differ in
 * lightness, and the more risk the darker. */
static void test_levels_differ_in_lightness(void **state) {
    (void)state;
    for (int levels = 2; levels <= 9; levels++) {
        double span = lightness(mirti_geo_level_colour(0, levels)) -
                      lightness(mirti_geo_level_colour(levels - 1, levels));
        assert_true(span > 60.0);
        for (int k = 1; k < levels; k++) {
            double step = lightness(mirti_geo_level_colour(k - 1, levels)) -
                          lightness(mirti_geo_level_colour(k, levels));
            assert_true(step > 0.6 * span / (levels - 1));
        }
    }
}

static mirti_geo_legend legend_of(mirti_results *results, const char *language) {
    mirti_geo_legend legend;
    mirti_layer layer = {.results = results};
    mirti_geo_legend_make(&layer, language, &legend);
    return legend;
}

static void test_the_legend_says_range_and_number(void **state) {
    (void)state;
    mirti_results *results = made_results(5);
    made_area(results, 0, "01001", "A", 0.101, 0);
    made_area(results, 1, "01002", "B", 0.1521, 0);
    made_area(results, 2, "01003", "C", 0.2, 1);
    made_area(results, 3, "01004", "D", 0.5, 2);
    mirti_geo_legend legend = legend_of(results, "es-MX");
    assert_int_equal(legend.count, 4);
    assert_string_equal(legend.entry[0].value, "alto");
    assert_string_equal(legend.entry[0].label, "Alto: 50.0–50.0 % (1)");
    assert_string_equal(legend.entry[1].label, "Medio: 20.0–20.0 % (1)");
    assert_string_equal(legend.entry[2].label, "Bajo: 10.1–15.2 % (2)");
    assert_null(legend.entry[3].value);
    assert_string_equal(legend.entry[3].label, "Sin dato (1)");
    legend = legend_of(results, "en");
    assert_string_equal(legend.entry[3].label, "No data (1)");
    /* Everybody classed: nobody needs «no data». */
    made_area(results, 4, "01005", "E", 0.11, 0);
    legend = legend_of(results, NULL);
    assert_int_equal(legend.count, 3);
    /* Ranges that overlap would be a wrong promise. */
    results->risk[4] = 0.9;
    legend = legend_of(results, "es");
    assert_string_equal(legend.entry[2].label, "Bajo (3)");
    free_results(results);
}

static void test_areas_drawn_with_a_carried_level_are_counted(void **state) {
    (void)state;
    mirti_results *results = made_results(1);
    made_area(results, 0, "01001", "A", 0.1, 0);
    int64_t feature[] = {0, 1}, carries[] = {0, -1};
    mirti_join join = {.unmatched_features = 2, .unmatched_feature = feature, .carries = carries};
    const mirti_layer layer = {.results = results, .join = &join};
    mirti_geo_legend legend;
    mirti_geo_legend_make(&layer, "es", &legend);
    assert_string_equal(legend.entry[2].label, "Bajo: 10.0–10.0 % (2)");
    assert_string_equal(legend.entry[3].label, "Sin dato (1)");
    free_results(results);
}

static void test_names_of_levels_cannot_break_the_style(void **state) {
    (void)state;
    mirti_results *results = made_results(1);
    made_area(results, 0, "01001", "A", 0.1, 2);
    free(results->level_name[2]);
    results->level_name[2] = strdup("<\"&alto\x01'>");
    mirti_geo_legend legend = legend_of(results, "es");
    mirti_text qml = {0}, sld = {0};
    mirti_geo_style_qml(&legend, "es", MIRTI_GEO_AREAS, &qml);
    mirti_geo_style_sld(&legend, "municipality", "Riesgo <&>", MIRTI_GEO_AREAS, &sld);
    assert_false(qml.failed || sld.failed);
    assert_non_null(strstr(qml.data, "value=\"&lt;&quot;&amp;alto'&gt;\""));
    assert_non_null(strstr(sld.data, "<ogc:Literal>&lt;&quot;&amp;alto'&gt;</ogc:Literal>"));
    assert_non_null(strstr(sld.data, "<se:Title>Riesgo &lt;&amp;&gt;</se:Title>"));
    mirti_text_reset(&qml);
    mirti_text_reset(&sld);
    free_results(results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_differ_in_lightness),
        cmocka_unit_test(test_the_legend_says_range_and_number),
        cmocka_unit_test(test_areas_drawn_with_a_carried_level_are_counted),
        cmocka_unit_test(test_names_of_levels_cannot_break_the_style),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
