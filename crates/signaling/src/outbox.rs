//! Requests that wait for a connection.
