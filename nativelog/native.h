#pragma once

enum { NATIVE_LINE = 4096 }; // the most bytes of a line

void native_watch(int out, int errors, int own);
void native_forget(void);
void native_hold(int pipe, const char *line, int bytes);
void native_flush(void);
