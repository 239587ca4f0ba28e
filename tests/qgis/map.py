#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The map as a user meets it.

map.py MAKE_MAP FOLDER: has MAKE_MAP write areas.gpkg for a made-up grid and, where MIRTI_REAL_DATA is
set, for the municipalities of Mexico, and checks each file three times: as SQLite, by the rules of
the GeoPackage format (GDAL's validate_gpkg), and as QGIS opens it: default style, legend, aliases,
CRS, and a picture in which every level has its colour. The pictures stay in FOLDER to be looked at.
"""
import json
import os
import sqlite3
import subprocess
import sys
import unittest

try:
    from qgis.core import (QgsApplication, QgsCategorizedSymbolRenderer, QgsMapRendererParallelJob,
                           QgsMapSettings, QgsProject, QgsVectorLayer)
    from qgis.PyQt.QtCore import QSize
    from qgis.PyQt.QtGui import QColor
    from qgis.PyQt.QtXml import QDomDocument
except ImportError:
    print("skipped: python3-qgis is not installed")
    sys.exit(77)
try:
    from osgeo_utils.samples import validate_gpkg
except ImportError:
    validate_gpkg = None

# The output contract, as docs state it; on purpose not taken from the engine.
COLUMNS = """code name parent_code parent_name children risk risk_se risk_lo risk_hi risk_cv at_risk
at_risk_lo at_risk_hi level level_prob rank rank_lo rank_hi factor_1 factor_2 factor_3 method
quality""".split()
TEXT = {"code", "name", "parent_code", "parent_name", "level", "factor_1", "factor_2", "factor_3",
        "method", "quality"}


def write_grid(path):
    """Six by five squares of a kilometre, laid out like official boundaries."""
    features = []
    for i in range(30):
        x, y = 2500000 + 1000 * (i % 6), 800000 + 1000 * (i // 6)
        ring = [[x, y], [x + 1000, y], [x + 1000, y + 1000], [x, y + 1000], [x, y]]
        features.append({"type": "Feature",
                         "properties": {"CVEGEO": f"01{i + 1:03d}", "NOMGEO": f"Peñón {i + 1}"},
                         "geometry": {"type": "Polygon", "coordinates": [ring]}})
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::6372"}}
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"type": "FeatureCollection", "crs": crs, "features": features}, out)


def draw(layers, extent):
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(layers[0].crs())
    settings.setExtent(extent)
    settings.setOutputSize(QSize(1000, 700))
    settings.setOutputDpi(96)
    settings.setBackgroundColor(QColor(255, 255, 255))
    settings.setFlag(QgsMapSettings.DrawLabeling, False)
    settings.setFlag(QgsMapSettings.Antialiasing, False)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def colours(image):
    return {image.pixelColor(x, y).name() for x in range(image.width())
            for y in range(image.height())}


class Map(unittest.TestCase):
    folder = make_map = None
    language = "es"
    areas = 30
    name = "grid"

    @classmethod
    def boundaries(cls):
        path = os.path.join(cls.folder, "grid.geojson")
        write_grid(path)
        return path

    @classmethod
    def setUpClass(cls):
        if cls.areas is None:
            raise unittest.SkipTest("MIRTI_REAL_DATA is not set")
        cls.gpkg = os.path.join(cls.folder, cls.name + ".gpkg")
        subprocess.run([cls.make_map, cls.boundaries(), cls.gpkg, cls.language], check=True)
        with open(cls.gpkg, "rb") as file:
            cls.before = file.read()
        cls.layer = QgsVectorLayer(f"{cls.gpkg}|layername=municipality", "map", "ogr")

    @classmethod
    def tearDownClass(cls):
        cls.layer = None
        # Looking at a map must not change it.
        with open(cls.gpkg, "rb") as file:
            assert file.read() == cls.before, "opening the file has changed it"
        for ending in ("-wal", "-shm", "-journal"):
            assert not os.path.exists(cls.gpkg + ending), ending

    def rows(self, sql):
        with sqlite3.connect(f"file:{self.gpkg}?mode=ro", uri=True) as db:
            return db.execute(sql).fetchall()

    def test_is_a_sound_database(self):
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.rows("PRAGMA foreign_key_check"), [])
        self.assertEqual(self.rows("PRAGMA application_id"), [(0x47504B47,)])
        self.assertEqual(self.rows("PRAGMA journal_mode"), [("delete",)])

    def test_obeys_the_format(self):
        if validate_gpkg is None:
            self.skipTest("python3-gdal is not installed")
        validate_gpkg.check(self.gpkg)

    def test_has_the_columns_of_the_contract(self):
        table = self.rows("PRAGMA table_info(municipality)")
        self.assertEqual([c[1] for c in table], ["fid", "geom"] + COLUMNS)
        for column in table[2:]:
            self.assertEqual(column[2] == "TEXT", column[1] in TEXT, column[1])

    def test_says_where_and_what_it_is(self):
        self.assertEqual(self.rows("SELECT srs_id, organization, organization_coordsys_id FROM "
                                   "gpkg_spatial_ref_sys WHERE srs_id > 6000"),
                         [(6372, "EPSG", 6372)])
        self.assertEqual(self.rows("SELECT data_type, identifier, description, srs_id FROM "
                                   "gpkg_contents WHERE table_name = 'municipality'"),
                         [("features", "Riesgo de trabajo adolescente", "Three levels «<&>»", 6372)])
        self.assertEqual(self.rows("SELECT data_type FROM gpkg_contents WHERE "
                                   "table_name = 'layer_styles'"), [("attributes",)])
        self.assertEqual(self.rows("SELECT extension_name FROM gpkg_extensions"),
                         [("gpkg_rtree_index",)])

    def test_loses_nothing(self):
        self.assertEqual(self.rows("SELECT count(*) FROM municipality"), [(self.areas + 1,)])
        self.assertEqual(self.rows("SELECT name, geom IS NULL FROM municipality WHERE "
                                   "code = '99999'"), [("Without boundary", 1)])
        self.assertEqual(self.rows("SELECT count(*) FROM municipality WHERE level IS NULL AND "
                                   "quality = 'missing: not in census'"), [(1,)])
        self.assertEqual(self.rows("SELECT count(*) FROM municipality WHERE risk IS NULL AND "
                                   "level IS NOT NULL"), [(0,)])

    def test_opens_with_its_legend(self):
        self.assertTrue(self.layer.isValid())
        renderer = self.layer.renderer()
        self.assertIsInstance(renderer, QgsCategorizedSymbolRenderer)
        self.assertEqual(renderer.classAttribute(), "level")
        counts = dict(self.rows("SELECT coalesce(level, ''), count(*) FROM municipality GROUP BY 1"))
        categories = renderer.categories()
        self.assertEqual([c.value() for c in categories], ["alto", "medio", "bajo", ""])
        for category in categories:
            self.assertIn(f"({counts[category.value()]})", category.label())
        self.assertTrue(categories[0].label().startswith("Alto: "))
        self.assertTrue(categories[3].label().startswith("Sin dato"))
        lightness = [c.symbol().color().lightness() for c in categories[:3]]
        self.assertEqual(lightness, sorted(lightness))

    def test_speaks_the_language_of_its_user(self):
        self.assertEqual(self.layer.crs().authid(), "EPSG:6372")
        aliases = {f.name(): f.alias() for f in self.layer.fields()}
        for column in COLUMNS:
            self.assertTrue(aliases[column], column)
            self.assertNotEqual(aliases[column], column)
        self.assertEqual(self.layer.displayExpression(), '"name"')
        self.assertIn("Riesgo", self.layer.mapTipTemplate())

    def test_tells_about_an_area_under_the_pointer(self):
        from qgis.core import QgsExpression, QgsExpressionContext
        for feature in self.layer.getFeatures():
            context = QgsExpressionContext()
            context.setFeature(feature)
            context.setFields(self.layer.fields())
            tip = QgsExpression.replaceExpressionText(self.layer.mapTipTemplate(), context)
            self.assertNotIn("[%", tip)
            self.assertIn(feature["code"], tip)
            self.assertIn("Sin dato" if feature["level"] in (None, "") or not feature["level"]
                          else feature["level"], tip)

    def test_other_programs_get_the_same_legend(self):
        sld = os.path.join(self.folder, self.name + ".sld")
        with open(sld, "w", encoding="utf-8") as out:
            out.write(self.rows("SELECT styleSLD FROM layer_styles")[0][0])
        layer = QgsVectorLayer(f"{self.gpkg}|layername=municipality", "sld", "ogr")
        message, loaded = layer.loadSldStyle(sld)
        self.assertTrue(loaded, message)
        rules = layer.renderer().rootRule().children()
        self.assertEqual([r.label() for r in rules],
                         [c.label() for c in self.layer.renderer().categories()])

    def test_is_a_map_of_the_levels(self):
        image = draw([self.layer], self.layer.extent())
        self.assertTrue(image.save(os.path.join(self.folder, self.name + ".png")))
        seen = colours(image)
        for category in self.layer.renderer().categories():
            self.assertIn(category.symbol().color().name(), seen, category.label())


class Mexico(Map):
    name = "mexico"
    areas = 2469 if os.environ.get("MIRTI_REAL_DATA") else None

    @classmethod
    def boundaries(cls):
        return os.path.join(os.environ["MIRTI_REAL_DATA"], "boundaries", "00mun.shp")

    def test_names_have_their_accents(self):
        self.assertEqual(self.rows("SELECT name FROM municipality WHERE code = '01008'"),
                         [("San José de Gracia",)])


class Places(unittest.TestCase):
    """A layer of areas and points, as localities are: QGIS shows each kind as a layer of its own."""

    @classmethod
    def setUpClass(cls):
        grid = os.path.join(Map.folder, "places.geojson")
        cls.gpkg = os.path.join(Map.folder, "places.gpkg")
        write_grid(grid)
        subprocess.run([Map.make_map, grid, cls.gpkg, "es", "places"], check=True)
        cls.layers = {kind: QgsVectorLayer(f"{cls.gpkg}|layername=locality|geometrytype={kind}",
                                           kind, "ogr") for kind in ("Polygon", "Point")}

    @classmethod
    def tearDownClass(cls):
        cls.layers = None

    def test_each_place_is_there_once(self):
        codes = [f["code"] for layer in self.layers.values() for f in layer.getFeatures()]
        self.assertEqual(len(codes), len(set(codes)))
        # Eleven results have no boundary and become points; all thirty boundaries are there.
        self.assertEqual(self.layers["Polygon"].featureCount(), 30)
        self.assertEqual(self.layers["Point"].featureCount(), 11)

    def test_points_are_where_they_belong(self):
        for feature in self.layers["Point"].getFeatures():
            point = feature.geometry().asPoint()
            self.assertTrue(2495000 < point.x() < 2530000, point.x())
            self.assertTrue(780000 < point.y() < 810000, point.y())

    def test_every_place_has_one_symbol_of_its_kind(self):
        from qgis.core import QgsExpression, QgsExpressionContext, QgsSymbol
        kind = {"Polygon": QgsSymbol.Fill, "Point": QgsSymbol.Marker}
        for name, layer in self.layers.items():
            leaves = [(group, rule) for group in layer.renderer().rootRule().children()
                      for rule in group.children()]
            for feature in layer.getFeatures():
                context = QgsExpressionContext()
                context.setFeature(feature)
                context.setFields(layer.fields())
                hits = [rule for group, rule in leaves
                        if QgsExpression(group.filterExpression()).evaluate(context)
                        and QgsExpression(rule.filterExpression()).evaluate(context)]
                self.assertEqual(len(hits), 1, feature["code"])
                self.assertEqual(hits[0].symbol().type(), kind[name])

    def test_both_kinds_are_drawn(self):
        for name, layer in self.layers.items():
            image = draw([layer], layer.extent().buffered(500))
            image.save(os.path.join(Map.folder, f"places-{name}.png"))
            self.assertIn("#7c1630", colours(image), name)


class Hotspots(unittest.TestCase):
    """A layer that says where risks stand together: more columns, and a second style to choose."""

    @classmethod
    def setUpClass(cls):
        grid = os.path.join(Map.folder, "hotspots.geojson")
        cls.gpkg = os.path.join(Map.folder, "hotspots.gpkg")
        write_grid(grid)
        subprocess.run([Map.make_map, grid, cls.gpkg, "es", "hotspots"], check=True)
        cls.layer = QgsVectorLayer(f"{cls.gpkg}|layername=municipality", "hotspots", "ogr")

    @classmethod
    def tearDownClass(cls):
        cls.layer = None

    def test_columns_come_behind_those_of_the_contract(self):
        names = [f.name() for f in self.layer.fields()]
        self.assertEqual(names[1:], COLUMNS + ["hotspot", "hotspot_q", "gi_star", "local_moran"])
        self.assertEqual(self.layer.fields().field("gi_star").alias(), "Gi* de Getis y Ord")

    def test_the_levels_stay_the_default(self):
        self.assertEqual(self.layer.renderer().classAttribute(), "level")

    def test_the_other_style_shows_the_clusters(self):
        count, ids, names, _, error = self.layer.listStylesInDatabase()
        self.assertEqual((count, sorted(names), error), (2, ["hotspots", "level"], ""))
        text, error = self.layer.getStyleFromDatabase(ids[names.index("hotspots")])
        self.assertEqual(error, "")
        document = QDomDocument()
        document.setContent(text)
        layer = self.layer.clone()
        loaded, message = layer.importNamedStyle(document)
        self.assertTrue(loaded, message)
        self.assertEqual(layer.renderer().classAttribute(), "hotspot")
        shown = {c.value() for c in layer.renderer().categories()}
        there = {f["hotspot"] or "" for f in layer.getFeatures()}
        there = {"" if not isinstance(value, str) else value for value in there}
        self.assertTrue(there <= shown, there - shown)
        self.assertGreater(len(there), 1)


if __name__ == "__main__":
    Map.make_map, Map.folder = sys.argv[1:3]
    application = QgsApplication([], False)
    application.initQgis()
    result = unittest.main(argv=sys.argv[:1], exit=False, verbosity=2).result
    # QGIS's own tear-down is known to crash in headless runs; everything is written by now.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0 if result.wasSuccessful() else 1)
