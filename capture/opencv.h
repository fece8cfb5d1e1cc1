#ifndef MASKWARDEN_CAPTURE_OPENCV_H
#define MASKWARDEN_CAPTURE_OPENCV_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { capture_error_size = 256 };

// Each call leaves a text in error, capture_error_size bytes long, when OpenCV throws; an empty text otherwise.
void *capture_open(const char *uri, int api, const int *params, int num_params, char *error);
int capture_grab(void *video, char *error);
int capture_retrieve(void *video, void *mat, char *error);
void capture_set(void *video, int property, double value);
double capture_get(void *video, int property);
void capture_close(void *video);
int capture_has_gstreamer_element(const char *name);
int capture_decode(void *data, size_t size, void *mat, char *error);

#ifdef __cplusplus
}
#endif

#endif
