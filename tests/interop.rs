//! Real MLflow reads what this project writes, and this project reads what MLflow wrote.

mod bill_of_materials;
mod kinds;
mod minimal;
mod own_code;
mod payloads;
mod pre_commit;
mod pruned_environment;
mod requests;
mod requirements_page;
mod saved_by_mlflow;
mod uv_export;
mod uv_resolve;
