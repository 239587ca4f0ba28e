#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the results as their users will: in QGIS, and by GDAL's own check of GeoPackages.

    opens_as_map.py FOLDER LAYER...     results of a run. Needs Debian's python3-qgis and python3-gdal.
"""
import os
import pathlib
import shutil
import sys
import tempfile

import results

folder, layers = pathlib.Path(sys.argv[1]), sys.argv[2:]
if not (folder / "areas.gpkg").exists():
    results.skip(f"no results in {folder}")
os.environ["QT_QPA_PLATFORM"] = "offscreen"
home = tempfile.mkdtemp()
os.environ["HOME"] = os.environ["XDG_RUNTIME_DIR"] = home
try:
    from osgeo_utils.samples import validate_gpkg
    from qgis.core import Qgis, QgsApplication, QgsRenderContext, QgsVectorLayer
except ImportError as missing:
    results.skip(f"{missing} (Debian: python3-qgis, python3-gdal)")

findings = results.Findings()
check = findings.check

# A copy: what a reader leaves beside a file must not be taken for what we left.
gpkg = pathlib.Path(home, "areas.gpkg")
shutil.copy(folder / "areas.gpkg", gpkg)
try:
    validate_gpkg.check(str(gpkg), extra_checks=True, verbose=False)
except Exception as complaint:  # the library raises its own class and sqlite's
    check(False, f"areas.gpkg is a valid GeoPackage: {complaint}")

application = QgsApplication([], False)
application.initQgis()
for name in layers:
    _, rows = results.read_table(folder / f"{name}.csv")
    layer = QgsVectorLayer(f"{gpkg}|layername={name}", name, "ogr")
    check(layer.isValid(), f"QGIS opens the layer {name}")
    check(layer.crs().isValid(), f"QGIS knows the CRS of {name}: {layer.crs().userFriendlyIdentifier()}")
    renderer = layer.renderer()
    check(renderer.type() in ("categorizedSymbol", "graduatedSymbol", "RuleRenderer"),
          f"{name} opens as a map of classes, not as {renderer.type()}")
    legend = [item.label() for item in renderer.legendSymbolItems()]
    levels = {r["level"] for r in rows if r["level"]}
    for level in levels:
        check(any(level.lower() in label.lower() for label in legend),
              f"the legend of {name} names the level {level}: {legend}")
    context = QgsRenderContext()
    renderer.startRender(context, layer.fields())
    colour = {}
    without = 0
    for feature in layer.getFeatures():
        symbol = renderer.symbolForFeature(feature, context)
        if symbol is None:
            without += 1
        elif feature["level"]:
            colour.setdefault(str(feature["level"]), set()).add(symbol.color().name())
    renderer.stopRender(context)
    check(without == 0, f"{without} features of {name} are not drawn")
    check(set(colour) == levels and all(len(c) == 1 for c in colour.values())
          and len(set.union(*colour.values())) == len(levels), f"one colour for each level of {name}: {colour}")
    codes = {str(f["code"]) for f in layer.getFeatures()}
    check(codes >= {r["code"] for r in rows if r["risk"]}, f"every area of {name}.csv is on the map")
    if findings.found == []:
        print(f"{name}: {layer.featureCount()} features; legend: {'; '.join(legend)}")
print("QGIS", Qgis.QGIS_VERSION)
del layer, renderer
application.exitQgis()
shutil.rmtree(home, ignore_errors=True)
findings.finish()
