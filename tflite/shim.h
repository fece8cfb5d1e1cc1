// The part of the TensorFlow Lite C API that maskwarden uses, looked up at run time.
// Signatures: tensorflow/lite/core/c/c_api.h, delegates/xnnpack/xnnpack_delegate.h, delegates/gpu/delegate.h,
// delegates/external/external_delegate.h.
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

enum { MW_TEXT = 512, MW_FLOAT32 = 1, MW_DIMS = 8 };

typedef void (*mw_reporter)(void *text, const char *format, va_list args);

// XNNPACK's options differ between versions, but begin with these two words in each; the rest is room for what the library fills in.
typedef struct {
  int32_t threads;
  uint32_t flags;
  char rest[1016];
} mw_xnnpack_options;

// The library's functions; those of XNNPACK are NULL in a library built without it.
typedef struct {
  void *handle;
  const char *(*Version)(void);
  void *(*ModelCreateWithErrorReporter)(const void *data, size_t size, mw_reporter, void *text);
  void (*ModelDelete)(void *model);
  void *(*InterpreterOptionsCreate)(void);
  void (*InterpreterOptionsDelete)(void *options);
  void (*InterpreterOptionsSetNumThreads)(void *options, int32_t threads);
  void (*InterpreterOptionsSetErrorReporter)(void *options, mw_reporter, void *text);
  void (*InterpreterOptionsAddDelegate)(void *options, void *delegate);
  void *(*InterpreterCreate)(const void *model, const void *options);
  void (*InterpreterDelete)(void *interpreter);
  int (*InterpreterAllocateTensors)(void *interpreter);
  int (*InterpreterInvoke)(void *interpreter);
  int (*InterpreterResizeInputTensor)(void *interpreter, int32_t index, const int *dims, int32_t count);
  int32_t (*InterpreterGetInputTensorCount)(const void *interpreter);
  void *(*InterpreterGetInputTensor)(const void *interpreter, int32_t index);
  int32_t (*InterpreterGetOutputTensorCount)(const void *interpreter);
  const void *(*InterpreterGetOutputTensor)(const void *interpreter, int32_t index);
  int (*TensorType)(const void *tensor);
  int32_t (*TensorNumDims)(const void *tensor);
  int32_t (*TensorDim)(const void *tensor, int32_t index);
  void *(*TensorData)(const void *tensor);
  size_t (*TensorByteSize)(const void *tensor);
  mw_xnnpack_options (*XNNPackDelegateOptionsDefault)(void);
  void *(*XNNPackDelegateCreate)(const mw_xnnpack_options *);
  void (*XNNPackDelegateDelete)(void *delegate);
} mw_api;

// A delegate and the function that frees it; it must outlive the interpreter.
typedef struct {
  void *handle;    // the plug-in's library, or NULL
  void *delegate;
  void (*free)(void *delegate);
} mw_delegate;

// One interpreter for one batch size.
typedef struct {
  const mw_api *api;
  void *interpreter, *input, *output;
  float scale, offset; // value = pixel*scale + offset
  char text[MW_TEXT]; // what the library reported last
} mw_runner;

// What a tensor is: its type, number of dimensions (-1: there is not exactly one tensor), and the dimensions.
typedef struct {
  int32_t type, count, dims[MW_DIMS];
} mw_shape;

void mw_report(void *text, const char *format, va_list args);

mw_api *mw_open(const char *path, char *text);
const char *mw_version(const mw_api *);
void mw_close(mw_api *);
void *mw_model(const mw_api *, const void *data, size_t size, char *text);
void mw_model_free(const mw_api *, void *model);

int mw_xnnpack(const mw_api *, mw_delegate *, int threads, int quantized, char *text);
int mw_gpu(const char *path, mw_delegate *, char *text);
int mw_plugin(const char *path, mw_delegate *, char *text);
void mw_delegate_free(mw_delegate *);

mw_runner *mw_runner_new(const mw_api *, const void *model, int threads, const mw_delegate *, int delegates, char *text);
void mw_runner_free(mw_runner *);
int mw_resize(mw_runner *, const int *dims, int count, float scale, float offset);
mw_shape mw_input_shape(const mw_runner *);
mw_shape mw_output_shape(const mw_runner *);
// Each of the faces has count bytes and a gain, by which its pixels are multiplied first.
int mw_run(mw_runner *, const uint8_t *pixels, size_t count, const float *gains, size_t faces, float *logits, size_t logits_count);
