#ifndef MASKWARDEN_DECODE_FFMPEG_H
#define MASKWARDEN_DECODE_FFMPEG_H

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include <opencv2/core.hpp>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

namespace decode {

// Notes is what FFmpeg logs: the only way in which some decoders tell that they guessed a part of a picture.
class Notes {
public:
    static Notes &get();
    void install(long long max_pixels);
    int damages() const { return damages_; }
    int losses() const { return losses_; }  // of bytes on the way: the parser between drops FFmpeg's flag
    std::string text();       // the decoder's last error
    std::string too_large();  // why a picture was refused for its size; empty if none was

private:
    static void write(void *context, int level, const char *format, va_list args);
    void note(bool decoder, int level, const std::string &line);
    std::atomic<int> damages_{0}, losses_{0};
    std::mutex mutex_;
    std::string text_;
    unsigned width_ = 0, height_ = 0;
    long long max_pixels_ = 0;
};

// Painter makes a frame an upright BGR picture with square pixels.
class Painter {
public:
    ~Painter() { sws_freeContext(scaler_); }
    void paint(const AVFrame *frame, AVRational aspect, const int32_t *matrix, long long max_pixels);
    const cv::Mat &picture() const { return *shown_; }

private:
    void color(const AVFrame *frame);
    void turn(const int32_t *matrix);
    SwsContext *scaler_ = nullptr;
    const cv::Mat *shown_ = nullptr;
    cv::Mat scaled_, picture_, turned_, mirrored_;
};

// oversized says that a picture is too large, or nothing where it is not.
std::string oversized(double width, double height, long long max_pixels);

// whole_jpeg reports whether the first picture in data reaches its end-of-image marker.
bool whole_jpeg(const uint8_t *data, size_t size);

}  // namespace decode

#endif
