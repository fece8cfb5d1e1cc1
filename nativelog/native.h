#pragma once

void native_watch(int out, int errors, int own);
void native_forget(void);
void native_flush(void);
