//! Why the command ends without a result, and whose fault that is.

use std::fmt;
use std::io;
use std::process::ExitCode;

use rehearsal_experiment::ExperimentError;
use rehearsal_export::ExportError;
use rehearsal_trace::TraceError;
use rehearsal_trace::moment::MomentError;

/// Why the command ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was given is at fault; the text says what and how to mend it.
    Input(String),
    /// Faults of a scenario, already laid out with their places.
    Faults(String),
    /// Something is not as `--check` asks, which is no fault; the text says how much.
    Differs(String),
    /// Something was held against what it should be, and is not that; the text says how much of it.
    Checks(String),
    /// There was nothing to do, which must not look like success; the text says why.
    Nothing(String),
    /// It was stopped before it was done; the text says what there is and how to go on.
    Stopped(String),
    /// This program is at fault.
    Ours(String),
    /// The reader of standard output has gone, as `head` does; that is no fault.
    NobodyReads,
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Failure::NobodyReads => ExitCode::SUCCESS,
            Failure::Ours(_) | Failure::Differs(_) => ExitCode::from(1),
            Failure::Input(_) | Failure::Faults(_) => ExitCode::from(2),
            Failure::Checks(_) => ExitCode::from(3),
            Failure::Nothing(_) => ExitCode::from(4),
            // What shells give for a program that SIGINT ended.
            Failure::Stopped(_) => ExitCode::from(130),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Input(text) | Failure::Ours(text) | Failure::Nothing(text) => {
                write!(f, "\u{1b}[1;31merror\u{1b}[0m: {text}")
            }
            Failure::Faults(text) | Failure::Differs(text) | Failure::Checks(text) | Failure::Stopped(text) => {
                f.write_str(text.trim_end())
            }
            Failure::NobodyReads => Ok(()),
        }
    }
}

/// An error on standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::NobodyReads,
            _ => Failure::Input(format!("the result cannot be written: {error}")),
        }
    }
}

impl From<TraceError> for Failure {
    fn from(error: TraceError) -> Failure {
        match error {
            TraceError::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => Failure::NobodyReads,
            other => Failure::Input(with_causes(&other)),
        }
    }
}

impl From<MomentError> for Failure {
    fn from(error: MomentError) -> Failure {
        Failure::Input(error.to_string())
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Failure {
        match error {
            ExportError::Trace(error) => error.into(),
            ExportError::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => Failure::NobodyReads,
            other => Failure::Input(with_causes(&other)),
        }
    }
}

impl From<ExperimentError> for Failure {
    fn from(error: ExperimentError) -> Failure {
        let text = with_causes(&error);
        match error {
            ExperimentError::Panicked { .. } | ExperimentError::Shape { .. } => Failure::Ours(text),
            ExperimentError::Stopped => Failure::Stopped(text),
            _ => Failure::Input(text),
        }
    }
}

/// An error and what caused it, unless it already says so itself.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_fault_it_is_decides_the_exit_code() {
        let code = |failure: Failure| format!("{:?}", failure.exit_code());
        let (two, one) = (format!("{:?}", ExitCode::from(2)), format!("{:?}", ExitCode::from(1)));
        assert_eq!(code(ExperimentError::NoPolicy.into()), two);
        let panicked = ExperimentError::Panicked { policy: "a".into(), replication: 0, message: "x".into() };
        assert_eq!(code(panicked.into()), one);
        assert_eq!(code(TraceError::NotATrace.into()), two);
        assert_eq!(code(Failure::Checks("1 of 2".into())), format!("{:?}", ExitCode::from(3)));
        assert_eq!(code(Failure::Nothing("empty".into())), format!("{:?}", ExitCode::from(4)));
    }

    #[test]
    fn a_closed_pipe_is_no_fault_on_any_way() {
        let pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(matches!(Failure::from(pipe()), Failure::NobodyReads));
        let trace = TraceError::Io { doing: "write".into(), source: pipe() };
        assert!(matches!(Failure::from(trace), Failure::NobodyReads));
    }

    #[test]
    fn causes_follow_once() {
        let source = Box::new(std::fmt::Error);
        let run = ExperimentError::Run { policy: "a".into(), replication: 3, source };
        assert_eq!(with_causes(&run), format!("policy `a`, replication 3: the run stopped: {}", std::fmt::Error));
        let refused = io::Error::other("disk full");
        let trace = TraceError::Io { doing: "write x".into(), source: refused };
        assert_eq!(with_causes(&trace).matches("disk full").count(), 1);
    }
}
