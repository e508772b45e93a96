// Holds the precompiled Torch header; see HirTargets.cmake.
