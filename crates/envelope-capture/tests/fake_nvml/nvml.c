/* Two GPUs that are not there, for tests: the functions of NVIDIA's library that are asked of it here.
   The first is busy with two processes, one of which is the caller; the second does not measure its
   power. Structures are laid out as in nvml.h of CUDA 12. */
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, INSUFFICIENT_SIZE = 7 };

typedef struct { int index; } Gpu;
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } Memory;
typedef struct { unsigned gpu, memory; } Utilization;
typedef struct { unsigned pid; unsigned long long memory; unsigned instance, compute; } Process;

static Gpu gpus[2] = {{0}, {1}};

int nvmlInit_v2(void) { return SUCCESS; }
int nvmlShutdown(void) { return SUCCESS; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 2; return SUCCESS; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, Gpu **gpu) {
    if (index > 1) return INVALID_ARGUMENT;
    *gpu = &gpus[index];
    return SUCCESS;
}

int nvmlDeviceGetMemoryInfo_v2(Gpu *gpu, Memory *memory) {
    memory->total = 80000000000ULL;
    memory->reserved = 500000000ULL;
    memory->used = gpu->index == 0 ? 19500000000ULL : 0;
    memory->free = memory->total - memory->used - memory->reserved;
    return SUCCESS;
}

int nvmlDeviceGetUtilizationRates(Gpu *gpu, Utilization *rates) {
    rates->gpu = gpu->index == 0 ? 97 : 0;
    rates->memory = 12;
    return SUCCESS;
}

int nvmlDeviceGetPowerUsage(Gpu *gpu, unsigned *milliwatts) {
    if (gpu->index == 1) return NOT_SUPPORTED;
    *milliwatts = 350500;
    return SUCCESS;
}

int nvmlDeviceGetEnforcedPowerLimit(Gpu *gpu, unsigned *milliwatts) {
    (void)gpu;
    *milliwatts = 701000;
    return SUCCESS;
}

int nvmlDeviceGetComputeRunningProcesses_v3(Gpu *gpu, unsigned *count, Process *processes) {
    unsigned room = *count;
    *count = gpu->index == 0 ? 2 : 0;
    if (*count == 0) return SUCCESS;
    if (room < *count) return INSUFFICIENT_SIZE;
    memset(processes, 0, 2 * sizeof *processes);
    processes[0].pid = getpid();
    processes[0].memory = 4000000000ULL;
    processes[1].pid = 1;
    processes[1].memory = 15500000000ULL;
    return SUCCESS;
}

int nvmlDeviceGetName(Gpu *gpu, char *name, unsigned length) {
    (void)gpu;
    strncpy(name, "NVIDIA Nothing 80GB", length);
    return SUCCESS;
}

int nvmlDeviceGetUUID(Gpu *gpu, char *uuid, unsigned length) {
    strncpy(uuid, gpu->index == 0 ? "GPU-0" : "GPU-1", length);
    return SUCCESS;
}

int nvmlSystemGetDriverVersion(char *version, unsigned length) {
    strncpy(version, "570.124.06", length);
    return SUCCESS;
}

int nvmlSystemGetCudaDriverVersion_v2(int *version) { *version = 12080; return SUCCESS; }

int nvmlDeviceGetCudaComputeCapability(Gpu *gpu, int *major, int *minor) {
    if (gpu->index == 1) return NOT_SUPPORTED;
    *major = 9;
    *minor = 0;
    return SUCCESS;
}
