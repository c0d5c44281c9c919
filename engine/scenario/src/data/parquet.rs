//! Tables in the format of Apache Parquet.
