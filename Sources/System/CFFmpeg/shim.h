#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libavutil/sha.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

// Macros that Swift does not import.
static const int64_t emenet_av_nopts = AV_NOPTS_VALUE;
static const int emenet_averror_eof = AVERROR_EOF;
static const int emenet_averror_invalid_data = AVERROR_INVALIDDATA;
static const int emenet_sws_default_colorspace = SWS_CS_DEFAULT;
static inline int emenet_averror(int error) { return AVERROR(error); }
static const int emenet_averror_unauthorized = AVERROR_HTTP_UNAUTHORIZED;
static const int emenet_averror_forbidden = AVERROR_HTTP_FORBIDDEN;
static const int emenet_averror_not_found = AVERROR_HTTP_NOT_FOUND;
