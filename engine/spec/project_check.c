/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a project says of the world outside it: that its model has the sources it names, and that
 * its files are there. Every message points to the line of the project file where it is said.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "keys.h"

static mirti_status fail(const mirti_project *project, mirti_place at, mirti_error *err,
                         const char *format, ...) MIRTI_PRINTF(4, 5);
static mirti_status fail(const mirti_project *project, mirti_place at, mirti_error *err,
                         const char *format, ...) {
    char message[sizeof err->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    mirti_fail(err, MIRTI_ERROR_INPUT, "%s", message);
    mirti_fail_at(err, project->path, at.line, at.column, NULL, NULL);
    return MIRTI_ERROR_INPUT;
}

/* --------------------------------------------------------------------- project against model -- */

/* Files are named for tables that the source joins, and for no others. That one is not named is
 * found when it is needed: a cube of the census needs none. */
static mirti_status check_tables(const mirti_project *project, const mirti_input *input,
                                 const mirti_source_block *source, mirti_error *err) {
    for (int i = 0; i < input->tables; i++) {
        bool known = false;
        for (int k = 0; k < source->tables && !known; k++)
            known = strcmp(input->table[i].name, source->table[k].name) == 0;
        if (known) continue;
        fail(project, input->table[i].name_place, err, "source '%s' joins no table '%.80s'",
             source->name, input->table[i].name);
        mirti_text names = {0};
        for (int k = 0; k < source->tables; k++)
            mirti_text_printf(&names, "%s%s", k > 0 ? ", " : "", source->table[k].name);
        if (names.size > 0) mirti_fail_remedy(err, "It joins: %s.", names.data);
        mirti_text_reset(&names);
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

/* Whether something is learned from the source. */
static bool is_survey(const mirti_source_block *source) {
    return source->kind == MIRTI_SOURCE_SURVEY || source->kind == MIRTI_SOURCE_ESTIMATES;
}

static mirti_status check_source(const mirti_project *project, const mirti_input *input,
                                 const char *section, bool survey, const mirti_model_spec *model,
                                 mirti_error *err) {
    if (input->path == NULL) return MIRTI_OK;
    int index = mirti_model_spec_source(model, input->source);
    if (index < 0) {
        fail(project, input->source_place, err, "model '%s' has no source '%.80s'", model->name,
             input->source);
        mirti_text names = {0};
        for (int i = 0; i < model->sources; i++)
            mirti_text_printf(&names, "%s%s", i > 0 ? ", " : "", model->source[i].name);
        if (!names.failed) mirti_fail_remedy(err, "Its sources are: %s.", names.data);
        mirti_text_reset(&names);
        return MIRTI_ERROR_INPUT;
    }
    MIRTI_TRY(check_tables(project, input, &model->source[index], err));
    if (is_survey(&model->source[index]) == survey) return MIRTI_OK;
    fail(project, input->source_place, err, "source '%s' of the %s is %s a survey in model '%s'",
         input->source, section, survey ? "not" : "itself", model->name);
    mirti_fail_remedy(err, survey ? "Name a source of kind survey or estimates."
                                  : "Name a source of kind census or aggregates.");
    return MIRTI_ERROR_INPUT;
}

/* The kinds of area that a source knows: those it describes, or the one its persons live in. */
static int area_kinds(const mirti_source_block *source) {
    return source->kind == MIRTI_SOURCE_AGGREGATES ? source->areas : 1;
}

static const char *area_kind(const mirti_source_block *source, int index) {
    return source->kind == MIRTI_SOURCE_AGGREGATES ? source->area_rule[index].kind
                                                   : source->area_kind;
}

static bool knows(const mirti_source_block *census, const char *kind) {
    for (int k = 0; k < area_kinds(census); k++)
        if (strcmp(kind, area_kind(census, k)) == 0) return true;
    return false;
}

static mirti_status check_boundaries(const mirti_project *project, const mirti_source_block *census,
                                     mirti_error *err) {
    for (int i = 0; i < project->boundaries; i++) {
        const mirti_boundary_input *boundary = &project->boundary[i];
        if (knows(census, boundary->kind)) continue;
        fail(project, boundary->place, err, "source '%s' of the census knows no areas of kind '%s'",
             census->name, boundary->kind);
        mirti_text names = {0};
        for (int k = 0; k < area_kinds(census); k++)
            mirti_text_printf(&names, "%s%s", k > 0 ? ", " : "", area_kind(census, k));
        if (!names.failed) mirti_fail_remedy(err, "It knows: %s.", names.data);
        mirti_text_reset(&names);
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

/* A model learns from a survey and gives risks; an index does neither. */
static mirti_status check_kind(const mirti_project *project, const mirti_model_spec *model,
                               mirti_error *err) {
    const mirti_class_options *classes = &project->classes;
    const mirti_place at = project->model_place;
    const char *what = NULL, *remedy = NULL;
    if (model->index == NULL) {
        if (project->survey.path == NULL) {
            what = "a model learns from a survey, and the project names none";
            remedy = "Add 'survey:' with 'file' and 'source', or name an index file as 'model'.";
        } else if (classes->by_index) {
            what = "the levels are to be those of an index, but this is a model, which gives risks";
            remedy = "Write 'of: risk' or 'of: at_risk' under 'classes'.";
        }
    } else if (project->survey.path != NULL) {
        what = "this is an index, which learns from no survey";
        remedy = "Leave 'survey' out, or name a model file.";
    } else if (classes->by_children) {
        what = "this is an index, which says nothing of the number of children at risk";
        remedy = "Write 'of: index' under 'classes'.";
    } else if (classes->method == MIRTI_CLASS_FIXED && !classes->by_index) {
        what = "the breaks of the levels are those of a risk, but this is an index";
        remedy = "Write 'of: index' under 'classes', and breaks between 0 and 100.";
    } else if (project->area_model.wanted) {
        what = "this is an index, which learns from no direct estimates";
        remedy = "Leave 'area_model' out.";
    } else if (project->benchmark) {
        what = "this is an index, for which there are no direct estimates to agree with";
        remedy = "Leave 'benchmark' out.";
    }
    if (what == NULL) return MIRTI_OK;
    fail(project, at, err, "%s", what);
    mirti_fail_remedy(err, "%s", remedy);
    return MIRTI_ERROR_INPUT;
}

/* The variance that is asked for must be one that the source's design has. */
static mirti_status check_variance(const mirti_project *project, const mirti_source_block *source,
                                   mirti_error *err) {
    mirti_variance_method method = project->variance.method;
    const char *what = NULL, *remedy = NULL;
    bool made = method != MIRTI_VARIANCE_LINEARISED && method != MIRTI_VARIANCE_GIVEN;
    bool halves = method == MIRTI_VARIANCE_BRR || method == MIRTI_VARIANCE_FAY;
    if (method != MIRTI_VARIANCE_LINEARISED && source->kind == MIRTI_SOURCE_ESTIMATES) {
        what = "has estimates whose errors are known already";
        remedy = "Leave 'variance' out of 'survey'.";
    } else if (method == MIRTI_VARIANCE_GIVEN && source->replicates.columns == 0) {
        what = "brings no replicate weights";
        remedy = "Name their columns under 'replicates' of the source, or choose another method.";
    } else if (method == MIRTI_VARIANCE_JK1 && source->stratum.text != NULL) {
        what = "has strata, and jk1 is for designs without";
        remedy = "Write 'jkn', which leaves out one PSU of a stratum at a time.";
    } else if (halves && source->fpc.text != NULL) {
        what = "has finite-population corrections ('fpc'), which half-samples know nothing of";
        remedy = "Write 'jkn', 'bootstrap' or 'linearised', or leave 'fpc' out of the source.";
    } else if (made && source->ssu_fpc.text != NULL) {
        what = "has a second stage ('ssu_fpc'), which replicates of whole PSUs know nothing of";
        remedy = "Write 'linearised', or leave 'ssu' and 'ssu_fpc' out of the source.";
    }
    if (what == NULL) return MIRTI_OK;
    fail(project, project->variance.place, err, "the variance is to be '%s', but source '%s' %s",
         mirti_variance_name(method), source->name, what);
    mirti_fail_remedy(err, "%s", remedy);
    return MIRTI_ERROR_INPUT;
}

/* What an area-level model has no part in, and what it needs. */
static mirti_status check_area_model(const mirti_project *project, const mirti_model_spec *model,
                                     mirti_error *err) {
    const mirti_source_block *survey =
        &model->source[mirti_model_spec_source(model, project->survey.source)];
    bool estimates = survey->kind == MIRTI_SOURCE_ESTIMATES;
    const char *what = NULL, *remedy = NULL;
    if (!project->area_model.wanted && !estimates) return MIRTI_OK;
    if (project->area_effects.wanted) {
        what = "an area-level model lets areas differ by itself";
        remedy = "Leave 'area_effects' out.";
    } else if (project->benchmark) {
        what = "an area-level model is not benchmarked";
        remedy = "Leave 'benchmark' out: it is made of the direct estimates already.";
    } else if (survey->area.text == NULL) {
        what = "an area-level model needs to know in which area a child of the survey lives";
        remedy = "Give 'area' in the model's source of the survey.";
    }
    bool known = project->census.path == NULL ||
                 knows(&model->source[mirti_model_spec_source(model, project->census.source)],
                       survey->area_kind);
    if (what == NULL && !known) {
        what = "the census knows no areas of the kind that the survey's 'area' is the code of";
        remedy = "Give 'area_kind' in the model's source of the survey.";
    }
    if (what == NULL) return MIRTI_OK;
    fail(project, project->area_model.wanted ? project->area_model.place : project->model_place,
         err, "%s", what);
    mirti_fail_remedy(err, "%s", remedy);
    return MIRTI_ERROR_INPUT;
}

/* Effects of areas are those of a mixed logit without a penalty, between areas that the survey can
 * tell apart. */
static mirti_status check_effects(const mirti_project *project, const mirti_model_spec *model,
                                  mirti_error *err) {
    const mirti_effects_choice *effects = &project->area_effects;
    const mirti_source_block *survey =
        &model->source[mirti_model_spec_source(model, project->survey.source)];
    bool logit = model->fit.link == MIRTI_LINK_LOGIT;
    if (!effects->wanted) return MIRTI_OK;
    if (!logit || model->fit.penalty != MIRTI_PENALTY_NONE) {
        fail(project, effects->place, err,
             "effects of areas come from a mixed logit, but the model has another %s",
             logit ? "estimate, with a penalty" : "link");
        mirti_fail_remedy(err,
                          "Write 'area_effects: false', or leave '%s' out of 'fit' in the model.",
                          logit ? "penalty" : "link");
        return MIRTI_ERROR_INPUT;
    }
    const char *lacking = NULL;
    if (effects->level != MIRTI_EFFECTS_AREA && survey->parent_area.text == NULL)
        lacking = "parent_area";
    if (effects->level != MIRTI_EFFECTS_PARENT && survey->area.text == NULL) lacking = "area";
    if (lacking == NULL) return MIRTI_OK;
    fail(project, effects->place, err,
         "effects of areas at the level '%s' need to know where a child of the survey lives, but "
         "source '%s' has no '%s'",
         mirti_effects_level_name(effects->level), survey->name, lacking);
    mirti_fail_remedy(err, "Give '%s' in the model's source of the survey, or %s.", lacking,
                      effects->level == MIRTI_EFFECTS_AREA ? "write 'area_effects: false'"
                                                           : "ask for another 'level'");
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_project_check(const mirti_project *project, const mirti_model_spec *model,
                                 mirti_error *err) {
    MIRTI_TRY(check_kind(project, model, err));
    MIRTI_TRY(check_source(project, &project->survey, "survey", true, model, err));
    if (project->survey.path != NULL) {
        int survey = mirti_model_spec_source(model, project->survey.source);
        MIRTI_TRY(check_variance(project, &model->source[survey], err));
        MIRTI_TRY(check_effects(project, model, err));
    }
    MIRTI_TRY(check_source(project, &project->census, "census", false, model, err));
    if (project->survey.path != NULL) MIRTI_TRY(check_area_model(project, model, err));
    if (project->census.path == NULL) return MIRTI_OK;
    int census = mirti_model_spec_source(model, project->census.source);
    return check_boundaries(project, &model->source[census], err);
}

/* ------------------------------------------------------------------------------------- files -- */

/* GDAL's virtual files and connections are their reader's affair altogether. */
static bool is_local_path(const char *path) {
    return strncmp(path, "/vsi", 4) != 0 && strncmp(path, "PG:", 3) != 0 &&
           strstr(path, "://") == NULL;
}

/* Whether something is there: of a member of an archive (`data.zip/Personas.CSV`) the archive. What
 * fits a pattern is found by its reader. */
static bool is_there(char *path) {
    struct stat information;
    if (strpbrk(path, "*?[") != NULL || stat(path, &information) == 0) return true;
    char *zip = strstr(path, ".zip/");
    if (zip == NULL) zip = strstr(path, ".ZIP/");
    if (zip == NULL) return false;
    zip[4] = '\0';
    bool there = stat(path, &information) == 0;
    zip[4] = '/';
    return there;
}

/* Joins, and says so when nothing is there. */
static mirti_status resolve(const mirti_project *project, const char *directory, const char *path,
                            mirti_place place, const char *remedy, char **out, mirti_error *err) {
    bool local = is_local_path(path);
    *out = local ? mirti_path_join(directory, path) : mirti_strdup(path);
    if (*out == NULL) return mirti_fail_memory(err, "a path");
    if (!local || is_there(*out)) return MIRTI_OK;
    fail(project, place, err, "no such file: %.500s", *out);
    mirti_fail_remedy(err, "%s", remedy);
    mirti_free(*out);
    *out = NULL;
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_project_model_path(const mirti_project *project, char **out, mirti_error *err) {
    *out = NULL;
    char *directory = mirti_path_directory(project->path);
    if (directory == NULL) return mirti_fail_memory(err, "a path");
    mirti_status status =
        resolve(project, directory, project->model, project->model_place,
                "The path of the model is relative to the project file.", out, err);
    mirti_free(directory);
    return status;
}

mirti_status mirti_project_input_path(const mirti_project *project, const char *data_directory,
                                      const mirti_input *input, char **out, mirti_error *err) {
    *out = NULL;
    if (data_directory != NULL)
        return resolve(project, data_directory, input->path, input->place,
                       "Paths of data are relative to the folder given by --data.", out, err);
    char *directory = mirti_path_directory(project->path);
    if (directory == NULL) return mirti_fail_memory(err, "a path");
    mirti_status status = resolve(project, directory, input->path, input->place,
                                  "Paths are relative to the project file; give the folder of the "
                                  "data with --data DIR.",
                                  out, err);
    mirti_free(directory);
    return status;
}
