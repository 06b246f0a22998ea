//! Reads the header of ONNX files.
