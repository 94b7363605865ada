/* A picture of latencies: see load_plot.h.
 *
 * To the right the share of answers that were slower, each mark a tenth of the one before: so that
 * the slowest of a hundred and of ten thousand have as much room as the usual ones. */
#include "load_plot.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum {
    WIDTH = 720,
    HEIGHT = 400,
    LEFT = 64,
    RIGHT = 110, /* room for the names */
    TOP = 44,
    BOTTOM = 48,
    DECADES = 4, /* to 99.99 % */
    STEPS = 40,  /* points of a decade */
    LINES = 5,
};

static const char *const colours[MIX_OPERATIONS] = {"#c0392b", "#2471a3", "#1e8449", "#7d3c98",
                                                    "#b9770e"};

struct scale {
    double top_ms;
};

static double x_of(double decades)
{
    return LEFT + decades / DECADES * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct scale *scale, double ms)
{
    return HEIGHT - BOTTOM - ms / scale->top_ms * (HEIGHT - TOP - BOTTOM);
}

static double quantile_ms(const struct histogram *latency, double decades)
{
    return (double)histogram_quantile(latency, 1 - pow(10, -decades)) / 1000;
}

/* The least of 1, 2, 5, 10, ... milliseconds a line that has room for all. */
static double find_top(const struct load_figures *figures)
{
    static const double steps[] = {1, 2, 5};
    double most_ms = 0.001;
    for (unsigned kind = 0; kind < MIX_OPERATIONS; kind++) {
        double ms = quantile_ms(&figures->latency[kind], DECADES);
        most_ms = ms > most_ms ? ms : most_ms;
    }
    for (double unit = 0.001;; unit *= 10)
        for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++)
            if (unit * steps[i] * LINES >= most_ms)
                return unit * steps[i] * LINES;
}

static void draw_axes(const struct scale *scale, FILE *out)
{
    static const char *const shares[] = {"0 %", "90 %", "99 %", "99.9 %", "99.99 %"};
    for (int i = 0; i <= LINES; i++) {
        double ms = scale->top_ms * i / LINES;
        fprintf(out,
                "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g ms</text>\n",
                LEFT, WIDTH - RIGHT, y_of(scale, ms), y_of(scale, ms), LEFT - 8,
                y_of(scale, ms) + 4, ms);
    }
    for (int i = 0; i <= DECADES; i++)
        fprintf(out,
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#ddd\"/>"
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                x_of(i), x_of(i), TOP, HEIGHT - BOTTOM, x_of(i), HEIGHT - BOTTOM + 18, shares[i]);
    fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">share of answers</text>\n",
            x_of(DECADES / 2.0), HEIGHT - 10);
}

static void draw_curve(const struct scale *scale, const struct histogram *latency, unsigned kind,
                       FILE *out)
{
    double ms = 0, decades = 0;
    fprintf(out, "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" points=\"",
            colours[kind]);
    /* As far as there were answers to tell of: of 500, up to the 500th. */
    for (int i = 0; i <= DECADES * STEPS; i++) {
        if (i > 0 && pow(10, (double)i / STEPS) > (double)latency->count)
            break;
        decades = (double)i / STEPS;
        ms = quantile_ms(latency, decades);
        fprintf(out, "%.1f,%.1f ", x_of(decades), y_of(scale, ms));
    }
    fprintf(out, "\"/><text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>\n", x_of(decades) + 6,
            y_of(scale, ms) + 4, colours[kind], mix_operation_name(kind));
}

enum result load_plot_open(const char *path, FILE **picture, struct fault *fault)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    *picture = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (*picture != NULL)
        return RESULT_OK;
    fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return RESULT_IO;
}

enum result load_plot_write(const struct load_plan *plan, const struct load_figures *figures,
                            const char *path, FILE *out, struct fault *fault)
{
    struct scale scale = {find_top(figures)};
    if (ftruncate(fileno(out), 0) != 0 && errno != EINVAL) { /* EINVAL: no file, a pipe */
        fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
        fclose(out);
        return RESULT_IO;
    }
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
            "font-family=\"sans-serif\" font-size=\"12\">\n"
            "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    fprintf(out, "<text x=\"%d\" y=\"22\" font-size=\"14\">", LEFT);
    if (plan->rate_per_s > 0)
        fprintf(out, "Latency at %.0f requests/s offered", plan->rate_per_s);
    else
        fprintf(out, "Latency with %u under way at each wallet", plan->window);
    fprintf(out, ", %.0f claims/s achieved</text>\n", load_good_per_s(figures, MIX_CLAIM));
    draw_axes(&scale, out);
    for (unsigned kind = 0; kind < MIX_OPERATIONS; kind++)
        if (figures->latency[kind].count > 0)
            draw_curve(&scale, &figures->latency[kind], kind, out);
    fprintf(out, "</svg>\n");
    bool good = ferror(out) == 0;
    good = fclose(out) == 0 && good;
    return good ? RESULT_OK : fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
}
