/* Tombola for other languages: searches, certificates and predictions over the same library code as the command.
 *
 * Results. Functions that can fail return 0, or one of tombola_code with a message in *error that says what happened and what
 * to do. Every char * and every handle that is returned belongs to the caller: texts go to tombola_free_text, handles to the
 * tombola_free_ function of their kind, which take NULL as well. `error` may be NULL. What a function takes stays the caller's
 * and is not kept, except that a run reads its data set until it returns. Text is UTF-8.
 *
 * Threads. A handle that nobody changes may be used by several threads; those of a predictor wait for one another. One run at
 * a time: a second one is refused while it lasts, for its files, its threads and the request to stop are the process's.
 *
 * Nothing here prints, ends the process, or touches its signals.
 */
#ifndef TOMBOLA_H
#define TOMBOLA_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The exit codes of the command. */
enum tombola_code {
  TOMBOLA_DONE = 0,
  TOMBOLA_USAGE = 64,
  TOMBOLA_BAD_DATA = 65,
  TOMBOLA_MISSING_INPUT = 66,
  TOMBOLA_FAILED = 70,
  TOMBOLA_CANNOT_WRITE = 73,
  TOMBOLA_INTERRUPTED = 130
};

/* Of this interface: 1. */
int32_t tombola_interface_version(void);
/* Of the command: "0.1.0". */
const char *tombola_version(void);
void tombola_free_text(char *text);

/* ---- Samples ---- */

enum tombola_type {
  TOMBOLA_UINT8 = 1,  /* pixels worth 1/255 */
  TOMBOLA_FLOAT32 = 2 /* values that count as they are */
};

enum tombola_channels {
  TOMBOLA_CHANNELS_TOLD = 0, /* by the shape; what can be read in two ways is refused */
  TOMBOLA_CHANNELS_FIRST = 1,
  TOMBOLA_CHANNELS_LAST = 2
};

/* Samples in memory, C order: [n, features], [n, height, width], [n, height, width, channels] or [n, channels, height, width]. */
typedef struct {
  const void *values;
  int32_t type;
  int32_t channels;
  int32_t rank;
  int64_t shape[4];
} tombola_array;

typedef struct tombola_data tombola_data;

/* A data set of samples and labels, one a sample, each copied once. Without x_test and y_test (NULL) a share of each class is
 * kept for testing; a share of 0 stands for a fifth. */
int32_t tombola_data_from_arrays(
  const tombola_array *x, const int64_t *y, int64_t labels, const tombola_array *x_test, const int64_t *y_test,
  int64_t test_labels, double test_share, tombola_data **data, char **error);
/* A data set as --data names it. Folder: where data sets lie, or NULL. */
int32_t tombola_data_named(const char *name, const char *folder, tombola_data **data, char **error);
/* JSON: name, type ("uint8", "float32"), pixelScale, shape [channels, height, width], classes, classNames, train and test
 * (numbers of samples), digest, notes. */
int32_t tombola_data_describe(const tombola_data *data, char **json, char **error);
/* Copies the samples [n, channels, height, width], of the type that it has, and the labels of its part: "train" or "test". */
int32_t tombola_data_copy(const tombola_data *data, const char *part, void *samples, int32_t *labels, char **error);
void tombola_free_data(tombola_data *data);

/* ---- Runs ---- */

typedef struct {
  double fraction;         /* of the work, from 0 to 1 */
  double elapsed;          /* seconds */
  double left;             /* estimated seconds; below 0 if nothing can be said */
  const char *stage;       /* what was worked on last */
  const char *announcement; /* what is to be said of the data before it starts, lines */
} tombola_progress;

/* Called by the thread that called tombola_run, which waits meanwhile; what it is given is valid until it returns. Anything but
 * 0 ends the run at its next step: everything is saved, and the same call goes on from there. */
typedef int32_t (*tombola_watch)(const tombola_progress *progress, void *context);

/* Runs an experiment of the command ("find", "certify", ...), or goes on with it.
 *
 * Request, JSON: "settings", an object of the experiment's settings by name, values as text; "seeds", how many; "threads";
 * "output", the folder for run folders; "dataFolder"; "every", seconds between calls of watch (0.1); "reproduce", how the
 * caller would repeat it, for the report. All have defaults. Where data is given it is the run's data set, its name the setting
 * "data", and the numbers of its normalisation those of the setting "normalisation".
 *
 * Record, JSON: what the command prints with --json, and "folder", the run folder. */
int32_t tombola_run(
  const char *experiment, const char *request, const tombola_data *data, tombola_watch watch, void *context,
  char **record, char **error);

/* ---- Tickets ---- */

typedef struct tombola_ticket tombola_ticket;

enum tombola_tensor {
  TOMBOLA_START = 1,   /* float: weights that training starts from, 0 where pruned */
  TOMBOLA_TRAINED = 2, /* float: weights after training, 0 where pruned */
  TOMBOLA_MASK = 3     /* uint8_t: 1 lives, 0 is pruned */
};

int32_t tombola_ticket_open(const char *path, tombola_ticket **ticket, char **error);
/* JSON: digest, seed, round, density, startStep, hasTrained, settings, metrics, network, input [channels, height, width],
 * outputs, tensors: name as in a PyTorch state_dict, shape, prunable. */
int32_t tombola_ticket_describe(const tombola_ticket *ticket, char **json, char **error);
/* Copies a tensor of `count` values out. */
int32_t tombola_ticket_copy(
  const tombola_ticket *ticket, const char *name, int32_t tensor, void *values, int64_t count, char **error);
/* Gives a tensor other values; figures that were measured with the old ones go. Masks are put to the weights when written. */
int32_t tombola_ticket_set(
  tombola_ticket *ticket, const char *name, int32_t tensor, const void *values, int64_t count, char **error);
int32_t tombola_ticket_write(const tombola_ticket *ticket, const char *path, char **error);
void tombola_free_ticket(tombola_ticket *ticket);

/* ---- Predictions ---- */

typedef struct tombola_predictor tombola_predictor;

/* Options, JSON: "weights" ("trained" or "start"), "normalised" (inputs are, already), "batch", "threads", "dataFolder"; all
 * have defaults. */
int32_t tombola_predictor_make(
  const tombola_ticket *ticket, const char *options, tombola_predictor **predictor, char **error);
/* JSON: input [channels, height, width], type, outputs, classes. */
int32_t tombola_predictor_describe(const tombola_predictor *predictor, char **json, char **error);
/* Probabilities [n, classes] and outputs before softmax [n, outputs], either may be NULL. The bits are those of the command. */
int32_t tombola_predict(
  const tombola_predictor *predictor, const tombola_array *x, float *probabilities, float *outputs, char **error);
void tombola_free_predictor(tombola_predictor *predictor);

#ifdef __cplusplus
}
#endif

#endif
