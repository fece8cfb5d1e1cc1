#include "shim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static void *fail(char *text) {
  const char *why = dlerror();
  snprintf(text, MW_TEXT, "%s", why ? why : "not found");
  return NULL;
}

// Looks up TfLite<name>; POSIX lets a void * hold a function.
#define NEED(name) \
  if (!(*(void **)&api->name = dlsym(api->handle, "TfLite" #name))) { \
    fail(text); \
    mw_close(api); \
    return NULL; \
  }
#define WANT(name) *(void **)&api->name = dlsym(api->handle, "TfLite" #name)

mw_api *mw_open(const char *path, char *text) {
  mw_api *api = calloc(1, sizeof *api);
  if (!api) {
    snprintf(text, MW_TEXT, "out of memory");
    return NULL;
  }
  if (!(api->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL))) {
    free(api);
    return fail(text);
  }
  NEED(Version)
  NEED(ModelCreateWithErrorReporter)
  NEED(ModelDelete)
  NEED(InterpreterOptionsCreate)
  NEED(InterpreterOptionsDelete)
  NEED(InterpreterOptionsSetNumThreads)
  NEED(InterpreterOptionsSetErrorReporter)
  NEED(InterpreterOptionsAddDelegate)
  NEED(InterpreterCreate)
  NEED(InterpreterDelete)
  NEED(InterpreterAllocateTensors)
  NEED(InterpreterInvoke)
  NEED(InterpreterResizeInputTensor)
  NEED(InterpreterGetInputTensorCount)
  NEED(InterpreterGetInputTensor)
  NEED(InterpreterGetOutputTensorCount)
  NEED(InterpreterGetOutputTensor)
  NEED(TensorType)
  NEED(TensorNumDims)
  NEED(TensorDim)
  NEED(TensorData)
  NEED(TensorByteSize)
  WANT(XNNPackDelegateOptionsDefault);
  WANT(XNNPackDelegateCreate);
  WANT(XNNPackDelegateDelete);
  return api;
}

const char *mw_version(const mw_api *api) { return api->Version(); }

void mw_close(mw_api *api) {
  dlclose(api->handle);
  free(api);
}

void *mw_model(const mw_api *api, const void *data, size_t size, char *text) {
  return api->ModelCreateWithErrorReporter(data, size, mw_report, text);
}

void mw_model_free(const mw_api *api, void *model) { api->ModelDelete(model); }
