"""Inner loops for cores with the Arm DSP extension (Cortex-M4, M7, M33), in assembly.

Compilers spend about two instructions on a multiply-accumulate of int8; these blocks spend one.

Rescaling is SMMLA, ASR and SSAT; see `tp_requantize` in `common`.
"""
