//! What tools that apply objects from Git see of them: kstatus, Flux and Argo CD judge each state, and several managers of one object
//! do not fight.

mod argo_cd;
mod flux;
mod kstatus;
mod managers;
mod states;
