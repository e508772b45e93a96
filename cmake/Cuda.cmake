# CUDA and NCCL for HIR_CUDA, from the wheels that tools/setup_cuda.sh unpacks into HIR_DEPS_DIR/cuda
# and from Torch's own. hir::cuda has the headers; every program links Torch's CUDA libraries, without which Torch sees
# no device. Nothing here needs a GPU to compile or link.
set(HIR_CUDA_DIR ${HIR_DEPS_DIR}/cuda/nvidia)
if(NOT EXISTS ${HIR_CUDA_DIR}/nccl/include/nccl.h)
  message(FATAL_ERROR "HIR_CUDA is on but ${HIR_CUDA_DIR} is incomplete; run tools/setup_cuda.sh first.")
endif()

add_library(hir_cuda INTERFACE)
add_library(hir::cuda ALIAS hir_cuda)
target_include_directories(hir_cuda SYSTEM INTERFACE
  ${HIR_CUDA_DIR}/cu13/include ${HIR_CUDA_DIR}/nccl/include)

# No symbol of libtorch_cuda is called: it registers its kernels when it is loaded.
target_link_libraries(hir_torch INTERFACE
  -Wl,--push-state,--no-as-needed ${HIR_TORCH}/lib/libtorch_cuda.so -Wl,--pop-state
  ${HIR_TORCH}/lib/libc10_cuda.so ${HIR_CUDA_DIR}/nccl/lib/libnccl.so.2
  ${HIR_SITE}/nvidia/cu13/lib/libcudart.so.13)
# cuBLAS, cuDNN and the like, which libtorch_cuda needs, are found where the program runs.
target_link_options(hir_torch INTERFACE -Wl,--allow-shlib-undefined)
