#include "shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The library reports a failure in several messages, the cause first: keep as many as fit.
void mw_report(void *text, const char *format, va_list args) {
  size_t used = strlen(text);
  if (used && used + 2 < MW_TEXT) used += snprintf((char *)text + used, MW_TEXT - used, "; ");
  vsnprintf((char *)text + used, MW_TEXT - used, format, args);
}

mw_runner *mw_runner_new(const mw_api *api, const void *model, int threads, const mw_delegate *d, int delegates, char *text) {
  mw_runner *r = calloc(1, sizeof *r);
  void *options = r ? api->InterpreterOptionsCreate() : NULL;
  if (!options) {
    free(r);
    snprintf(text, MW_TEXT, "out of memory");
    return NULL;
  }
  r->api = api;
  api->InterpreterOptionsSetNumThreads(options, threads);
  api->InterpreterOptionsSetErrorReporter(options, mw_report, r->text);
  for (int i = 0; i < delegates; i++) api->InterpreterOptionsAddDelegate(options, d[i].delegate);
  r->interpreter = api->InterpreterCreate(model, options);
  api->InterpreterOptionsDelete(options);
  if (!r->interpreter) {
    snprintf(text, MW_TEXT, "%s", r->text[0] ? r->text : "TfLiteInterpreterCreate failed");
    free(r);
    return NULL;
  }
  return r;
}

void mw_runner_free(mw_runner *r) {
  r->api->InterpreterDelete(r->interpreter);
  free(r);
}

int mw_resize(mw_runner *r, const int *dims, int count, float scale, float offset) {
  const mw_api *api = r->api;
  r->text[0] = 0;
  r->scale = scale;
  r->offset = offset;
  if (api->InterpreterResizeInputTensor(r->interpreter, 0, dims, count) || api->InterpreterAllocateTensors(r->interpreter)) return -1;
  r->input = api->InterpreterGetInputTensor(r->interpreter, 0);
  r->output = (void *)api->InterpreterGetOutputTensor(r->interpreter, 0);
  return 0;
}

static mw_shape shape(const mw_api *api, const void *tensor) {
  mw_shape s = {.type = api->TensorType(tensor), .count = api->TensorNumDims(tensor)};
  for (int i = 0; i < s.count && i < MW_DIMS; i++) s.dims[i] = api->TensorDim(tensor, i);
  return s;
}

mw_shape mw_input_shape(const mw_runner *r) {
  if (r->api->InterpreterGetInputTensorCount(r->interpreter) != 1) return (mw_shape){.count = -1};
  return shape(r->api, r->api->InterpreterGetInputTensor(r->interpreter, 0));
}

mw_shape mw_output_shape(const mw_runner *r) {
  if (r->api->InterpreterGetOutputTensorCount(r->interpreter) != 1) return (mw_shape){.count = -1};
  return shape(r->api, r->api->InterpreterGetOutputTensor(r->interpreter, 0));
}

// Compilers turn this loop into SIMD instructions: 110 kB of floats come straight into the tensor, without a copy on the way.
static void convert(const uint8_t *restrict pixels, size_t count, float scale, float offset, float *restrict values) {
  for (size_t i = 0; i < count; i++) values[i] = (float)pixels[i] * scale + offset;
}

int mw_run(mw_runner *r, const uint8_t *pixels, size_t count, const float *gains, size_t faces, float *logits, size_t logits_count) {
  const mw_api *api = r->api;
  r->text[0] = 0;
  // Fetched each time: a kernel that adds a tensor of its own, as those of float16 models do on one thread, moves all of them.
  r->input = api->InterpreterGetInputTensor(r->interpreter, 0);
  r->output = (void *)api->InterpreterGetOutputTensor(r->interpreter, 0);
  if (api->TensorByteSize(r->input) != faces * count * sizeof(float) || api->TensorByteSize(r->output) != logits_count * sizeof(float)) {
    snprintf(r->text, MW_TEXT, "the tensors changed their sizes");
    return -1;
  }
  float *values = api->TensorData(r->input);
  for (size_t i = 0; i < faces; i++) convert(pixels + i * count, count, gains[i] * r->scale, r->offset, values + i * count);
  if (api->InterpreterInvoke(r->interpreter)) return -1;
  r->output = (void *)api->InterpreterGetOutputTensor(r->interpreter, 0);
  memcpy(logits, api->TensorData(r->output), logits_count * sizeof(float));
  return 0;
}
