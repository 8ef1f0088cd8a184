// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <string.h>
#include "graph.h"
#include "output.h"

/* A quoted string of DOT, in which only the quote and the backslash mean something. */
static void put(FILE *f, const char *text)
{
	_cleanup_free_ char *safe = output_escape(text);

	for (const char *s = safe; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', f);
		fputc(*s, f);
	}
}

static void quote(FILE *f, const char *text)
{
	fputc('"', f);
	put(f, text);
	fputc('"', f);
}

/* Long lines are broken at spaces, so that no group is wider than its devices need. */
static void put_wrapped(FILE *f, const char *text, size_t width)
{
	_cleanup_free_ char *copy = output_format("%s", text);
	size_t column = 0;
	char *rest = copy;

	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
		if (column && column + strlen(word) >= width) {
			fputs("\\l  ", f);
			column = 2;
		} else if (column) {
			fputc(' ', f);
			column++;
		}
		put(f, word);
		column += strlen(word);
	}
}

static void put_device(FILE *f, const struct graph_device *d)
{
	fputs("\t\t", f);
	quote(f, d->name);
	fputs(" [label=\"", f);
	put(f, d->name);
	if (d->title) {
		fputs("\\n", f);
		put_wrapped(f, d->title, 32);
	}
	if (d->driver) {
		fputs("\\ndriver ", f);
		put(f, d->driver);
	} else if (!d->bridge) {
		fputs("\\nno driver", f);
	}
	if (d->fault) {
		fputs("\\n! ", f);
		put(f, d->fault);
	}
	fprintf(f, "\", shape=%s%s];\n", d->bridge ? "house" : "box",
		d->fault ? ", style=\"filled,dashed\"" : "");
}

static const char *color_of(const char *owner)
{
	if (text_is(owner, "user"))
		return "#fde0c0";
	return text_is(owner, "kernel") ? "#d6e6f5" : "#f4f4f4";
}

static void put_group(FILE *f, const struct graph_group *g)
{
	fprintf(f,
		"\tsubgraph \"cluster_%" PRId64 "\" {\n"
		"\t\tstyle=filled; fillcolor=\"%s\"; labeljust=l;\n"
		"\t\tlabel=\"group %" PRId64 ": owner ",
		g->id, color_of(g->owner), g->id);
	put(f, g->owner ?: "not known");
	fputs("\\l", f);
	if (g->rules) {
		put_wrapped(f, g->rules, 60);
		fputs("\\l", f);
	}
	for (char **r = g->reasons; r && *r; r++) {
		fputs(r == g->reasons ? "not isolated from each other:\\l- " : "- ", f);
		put_wrapped(f, *r, 60);
		fputs("\\l", f);
	}
	fputs("\";\n", f);
	for (size_t i = 0; i < g->n_devices; i++)
		put_device(f, &g->devices[i]);
	fputs("\t}\n", f);
}

static void put_holder(FILE *f, const struct graph_group *g)
{
	_cleanup_free_ char *node = output_format("holder %s", g->holder);

	fputc('\t', f);
	quote(f, node);
	fputs(" [label=\"", f);
	put(f, g->holder);
	fputs("\", shape=ellipse, fillcolor=\"#fde0c0\"];\n\t", f);
	quote(f, node);
	fputs(" -> ", f);
	quote(f, g->devices[0].name);
	fprintf(f,
		" [label=\"holds group %" PRId64 "\", lhead=\"cluster_%" PRId64
		"\", style=bold];\n",
		g->id, g->id);
}

static const struct graph_device *find(const struct graph_group *groups, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < groups[i].n_devices; j++)
			if (text_is(groups[i].devices[j].name, name))
				return &groups[i].devices[j];
	return NULL;
}

/* A bus, or a bridge that is in no group, is named by what hangs on it. */
static void put_edge(FILE *f, const struct graph_group *groups, size_t n,
		     const struct graph_device *d)
{
	const struct graph_device *above = find(groups, n, d->above);

	fputc('\t', f);
	if (!above) {
		quote(f, d->above);
		fputs(" [shape=underline, fillcolor=white];\n\t", f);
	}
	quote(f, d->above);
	fputs(" -> ", f);
	quote(f, d->name);
	if (above && above->fault) {
		fputs(" [style=dashed, color=\"#b00020\", label=\"", f);
		put(f, above->fault);
		fputs("\"]", f);
	}
	fputs(";\n", f);
}

char *graph_render(const struct graph_group *groups, size_t n)
{
	char *text = NULL;
	size_t size;
	FILE *f = output_must(open_memstream(&text, &size));

	fputs("digraph ownerd {\n"
	      "\trankdir=LR; compound=true; fontname=\"sans-serif\";\n"
	      "\tnode [fontname=\"sans-serif\", fontsize=10, style=filled, fillcolor=white];\n"
	      "\tedge [fontname=\"sans-serif\", fontsize=9, arrowhead=none];\n"
	      "\tlabel=\"IOMMU groups. A box around devices: one group, one owner. "
	      "Dashed, with !: does not isolate.\";\n",
	      f);
	for (size_t i = 0; i < n; i++)
		put_group(f, &groups[i]);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < groups[i].n_devices; j++)
			if (groups[i].devices[j].above)
				put_edge(f, groups, n, &groups[i].devices[j]);
		if (groups[i].holder && groups[i].n_devices)
			put_holder(f, &groups[i]);
	}
	fputs("}\n", f);
	fclose(f);
	return output_must(text);
}
