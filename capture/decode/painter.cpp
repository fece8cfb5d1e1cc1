#include "ffmpeg.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

#include <opencv2/core.hpp>

extern "C" {
#include <libavutil/imgutils.h>
}

namespace decode {

namespace {

const int alignment = 64;  // of rows: the scaler writes whole vectors

// pack removes the padding at the end of rows.
void pack(cv::Mat &picture, size_t step) {
    const size_t row = size_t(picture.cols) * 3;
    for (int y = 1; y < picture.rows && step != row; y++) std::memmove(picture.data + y * row, picture.data + y * step, row);
}

}  // namespace

void Painter::paint(const AVFrame *frame, AVRational aspect, const int32_t *matrix, long long max_pixels) {
    double width = frame->width, height = frame->height;
    const double ratio = aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1;
    if (ratio > 1 && ratio <= 8) width = std::round(width * ratio);
    if (ratio < 1 && ratio >= 0.125) height = std::round(height / ratio);
    if (width < 1 || height < 1) throw std::runtime_error("empty picture");
    const std::string large = oversized(width, height, max_pixels);
    if (!large.empty()) throw std::runtime_error(large);
    const int w = int(width), h = int(height);
    scaler_ = sws_getCachedContext(scaler_, frame->width, frame->height, AVPixelFormat(frame->format), w, h, AV_PIX_FMT_BGR24,
                                   SWS_BICUBIC, nullptr, nullptr, nullptr);
    if (!scaler_) throw std::runtime_error("pixels of a kind that cannot be converted");
    color(frame);
    const size_t step = FFALIGN(size_t(w) * 3, alignment);
    scaled_.create(1, int(step * h + alignment), CV_8U);
    uint8_t *planes[4] = {scaled_.data};
    const int strides[4] = {int(step)};
    if (sws_scale(scaler_, frame->data, frame->linesize, 0, frame->height, planes, strides) <= 0) throw std::runtime_error("the pixels cannot be converted");
    picture_ = cv::Mat(h, w, CV_8UC3, scaled_.data);
    pack(picture_, step);
    shown_ = &picture_;
    if (matrix) turn(matrix);
}

// color says what the pixels mean, where the stream does. It may change from frame to frame; kinds without such a choice take none.
void Painter::color(const AVFrame *frame) {
    int *inverse, *table, from, to, brightness, contrast, saturation;
    if (sws_getColorspaceDetails(scaler_, &inverse, &from, &table, &to, &brightness, &contrast, &saturation) < 0) return;
    if (frame->color_range != AVCOL_RANGE_UNSPECIFIED) from = frame->color_range == AVCOL_RANGE_JPEG;
    const int *const matrix = sws_getCoefficients(frame->colorspace);  // of ITU-R BT.601 where it is not known
    sws_setColorspaceDetails(scaler_, matrix, from, table, to, brightness, contrast, saturation);
}

// turn applies a display matrix that only turns by quarters and mirrors. It maps (x, y) to (m[0] x + m[3] y, m[1] x + m[4] y).
void Painter::turn(const int32_t *m) {
    const bool upright = std::llabs(m[0]) >= std::llabs(m[1]);
    const bool mirror_x = (upright ? m[0] : m[3]) < 0, mirror_y = (upright ? m[4] : m[1]) < 0;
    if (!upright) {
        cv::transpose(*shown_, turned_);
        shown_ = &turned_;
    }
    if (mirror_x || mirror_y) {
        cv::flip(*shown_, mirrored_, mirror_x && mirror_y ? -1 : mirror_x ? 1 : 0);
        shown_ = &mirrored_;
    }
}

}  // namespace decode
