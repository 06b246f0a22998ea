//! Real MLflow reads what this project writes, and this project reads what MLflow wrote.

mod kinds;
mod minimal;
mod pre_commit;
mod saved_by_mlflow;
mod uv_export;
