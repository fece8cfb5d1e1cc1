#ifndef MASKWARDEN_DECODE_NATIVE_H
#define MASKWARDEN_DECODE_NATIVE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { decode_text_size = 256 };

// What a call gives. The values are those of the protocol's header.
enum { decode_info = 1, decode_picture = 2, decode_damaged = 3, decode_end = 4, decode_error = 5 };

typedef struct {
    int kind;
    int width, height;
    const void *pixels;  // BGR, 8 bits, without padding; valid until the next call
    double fps, count;   // of decode_info; 0 = unknown
    long long took_us;   // of decode_picture: without the wait for its bytes
    char text[decode_text_size];
} decode_result;

typedef struct {
    int fd;                // the file or pipe, or -1
    int pipe;              // whether fd is a pipe
    const void *data;      // the file's bytes where there is no descriptor
    size_t size;
    const char *url;       // what to open where there is neither
    const char *format;    // FFmpeg's name of it; empty = found out
    const char *protocols; // that a url may use
    int open_ms, read_ms;  // 0 = no limit
    long long max_pixels;
} decode_source;

// FFmpeg's way. A stream that could not be opened is NULL, with the reason in result.
void *decode_stream_open(const decode_source *source, decode_result *result);
void decode_stream_next(void *stream, decode_result *result);
void decode_stream_close(void *stream);

// OpenCV's way: devices and GStreamer pipelines, and pictures of common kinds.
void *decode_device_open(const char *name, int api, int width, int height, double fps, long long max_pixels, decode_result *result);
void decode_device_next(void *device, decode_result *result);
int decode_has_gstreamer_element(const char *name);
void decode_still(const void *data, size_t size, decode_result *result);
// Turns a picture by a number of EXIF's orientation, 1 to 8.
void decode_turn(const void *pixels, int width, int height, int orientation, decode_result *result);

#ifdef __cplusplus
}
#endif

#endif
