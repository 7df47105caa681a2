//! What tools that apply objects from Git see of them: `kstatus` and Argo CD judge each state, and several managers of one object
//! do not fight.

mod argo_cd;
mod kstatus;
mod managers;
mod states;
