// A vendor's delegate plug-in for the tests: it gives XNNPACK under the names that plug-ins and the GPU delegate export.
// Compiled with -DLIBRARY='"..."', or with -DBROKEN for one that finds no hardware.
#include <dlfcn.h>
#include <stddef.h>

void *tflite_plugin_create_delegate(char **keys, char **values, size_t count, void (*report)(const char *)) {
#ifdef BROKEN
  report("no accelerator on the bus");
  return NULL;
#else
  void *(*create)(const void *) = dlsym(dlopen(LIBRARY, RTLD_NOW), "TfLiteXNNPackDelegateCreate");
  return create(NULL);
#endif
}

void tflite_plugin_destroy_delegate(void *delegate) {
#ifndef BROKEN
  void (*delete)(void *) = dlsym(dlopen(LIBRARY, RTLD_NOW), "TfLiteXNNPackDelegateDelete");
  delete(delegate);
#endif
}

void *TfLiteGpuDelegateV2Create(const void *options) { return tflite_plugin_create_delegate(NULL, NULL, 0, NULL); }

void TfLiteGpuDelegateV2Delete(void *delegate) { tflite_plugin_destroy_delegate(delegate); }
