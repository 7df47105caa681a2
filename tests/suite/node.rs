//! The chart and the image on a real node, with a directory and a database that pods reach by their names.

mod fail_over;
mod life;
mod namespaces;
mod restart;
mod restrictions;
mod site;
mod upgrade;
