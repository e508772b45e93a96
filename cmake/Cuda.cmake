# CUDA and NCCL for HIR_CUDA, from the wheels that tools/setup_cuda.sh unpacks into
# HIR_DEPS_DIR/cuda: one target, hir::cuda. Nothing here needs a GPU to compile.
set(HIR_CUDA_DIR ${HIR_DEPS_DIR}/cuda/nvidia)
if(NOT EXISTS ${HIR_CUDA_DIR}/nccl/include/nccl.h)
  message(FATAL_ERROR "HIR_CUDA is on but ${HIR_CUDA_DIR} is incomplete; run tools/setup_cuda.sh first.")
endif()

if(NOT TARGET hir_cuda)
  add_library(hir_cuda INTERFACE)
  add_library(hir::cuda ALIAS hir_cuda)
  target_compile_definitions(hir_cuda INTERFACE HIR_CUDA USE_C10D_NCCL)
  target_include_directories(hir_cuda SYSTEM INTERFACE
    ${HIR_CUDA_DIR}/cu13/include ${HIR_CUDA_DIR}/nccl/include)
  target_link_libraries(hir_cuda INTERFACE
    ${HIR_TORCH}/lib/libc10_cuda.so ${HIR_CUDA_DIR}/nccl/lib/libnccl.so.2
    ${HIR_SITE}/nvidia/cu13/lib/libcudart.so.13)
  target_link_options(hir_cuda INTERFACE -Wl,-rpath,${HIR_CUDA_DIR}/nccl/lib)
endif()
