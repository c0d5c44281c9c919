//! What goes wrong while a program runs: a fault with its place and its reason, never a panic.

mod support;

use rehearsal_language::compile::Compiler;
use rehearsal_language::emit::Emitter;
use rehearsal_language::parser::parse;
use rehearsal_language::program::{Base, Instr, Operand, Program};
use rehearsal_language::span::Span;
use rehearsal_language::types::{NONE, NUMBER};
use rehearsal_language::vm::Exit;
use support::{AT_ONCE, NEVER, Stage, agree};

/// The fault of a run, and the instruction that it points at.
fn fault(stage: &mut Stage, text: &str) -> (String, Instr) {
    let compiled = stage.compile(text, None).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
    let fault = stage.run(&compiled).expect_err(text);
    (fault.what, compiled.program.code[fault.pc as usize])
}

#[test]
fn whole_numbers_fail_rather_than_wrap() {
    let mut stage = Stage::new();
    let because = |what: &str| format!("{what} of two whole numbers has no value (division by zero or overflow)");
    let most = i64::MAX;
    let table = [
        ("n / none_at_all".to_owned(), because("the quotient")),
        ("1 / 0".to_owned(), because("the quotient")),
        ("n % none_at_all".to_owned(), because("the remainder")),
        (format!("{most} + n"), because("the sum")),
        (format!("-{most} - n"), because("the difference")),
        (format!("{most} * n"), because("the product")),
        (format!("(-{most} - 1) / -1"), because("the quotient")),
        (format!("-(-{most} - 1)"), because("the negative")),
        (format!("[-{most} - 1].map(v, -v)"), because("the negative")),
    ];
    agree(table.map(|(text, expected)| (text.clone(), fault(&mut stage, &text).0, expected)));
    assert!(matches!(fault(&mut stage, "1 + n / none_at_all + 2").1, Instr::DivI { .. }));
}

#[test]
fn what_is_not_there_is_not_read() {
    let mut stage = Stage::new();
    let table = [
        ("xs[3]", "item 3 of a list of 3: the first is 0"),
        ("xs[-1]", "item -1 of a list of 3: the first is 0"),
        ("empty[0]", "item 0 of a list of 0: the first is 0"),
        ("closed.bays", "the actor is gone"),
        ("nobody.bays", "there is no such actor: the reference is none"),
        ("closed.hours.span", "the actor is gone"),
        ("pick(empty)", "nothing to pick from: the list is empty"),
        ("pick(xs, v, 0)", "nothing to pick from: every weight is zero"),
        ("pick(xs, v, -v)", "weight -3 is not a number from 0 up"),
        ("pick(xs, v, zero / 0)", "weight NaN is not a number from 0 up"),
        (
            "trust['fax' == channel ? 'fax' : channel] + trust[yes ? 'fax' : 'app']",
            "this name has no value here: it is not one of the keys",
        ),
        ("consents + (yes ? 'fax' : 'app')", "this name is not one of the set's"),
        ("int(1 / zero)", "inf is not a whole number that fits 64 bits"),
        ("int(1e19)", "10000000000000000000 is not a whole number that fits 64 bits"),
        ("now + 1000y", "the time 31536000000 s from there is beyond what a clock can hold"),
        ("now + 1s / zero", "the time inf s from there is beyond what a clock can hold"),
        ("uniform(3, 1)", "uniform goes from low to high, not from 3 to 1"),
        ("refused()", "this function always refuses"),
    ];
    agree(table.map(|(text, expected)| (text.to_owned(), fault(&mut stage, text).0, expected.to_owned())));
    assert!(matches!(fault(&mut stage, "1 + closed.bays").1, Instr::Field { .. }));
}

#[test]
fn loops_within_loops_end() {
    let mut stage = Stage::new();
    let items = format!("[{}]", vec!["1"; 64].join(", "));
    stage.bind("many", &items);
    let text = "many.all(a, many.all(b, many.all(c, many.all(d, many.all(e, a + b + c + d + e > 0)))))";
    assert_eq!(
        fault(&mut stage, text).0,
        "more than 10000000 instructions without an end: a loop never ends, or goes through too much at once"
    );
}

#[test]
fn a_fault_is_traced_to_the_text_it_came_from() {
    let mut stage = Stage::new();
    let mut program = Program::default();
    let mut emit = Emitter::open(&mut program, 1);
    let d = Operand::new(Base::Frame, 0);
    let (one, zero) = (emit.constants(&[1]), emit.constants(&[0]));
    let spans = [Span { start: 10, end: 14 }, Span { start: 20, end: 29 }];
    emit.at(5, spans[0]);
    emit.push(Instr::AddI { d, a: one, b: one });
    emit.at(6, spans[1]);
    emit.push(Instr::DivI { d, a: one, b: zero });
    let routine = emit.close(None);
    let mut frame = [0; 1];
    let fault = stage.execute(&program, routine.start, &mut frame, &[]).expect_err("1 / 0");
    let origin = program.origin(fault.pc).expect("all code has an origin");
    assert_eq!((origin.source, origin.span), (6, spans[1]));
    assert_eq!(program.origin(0).map(|origin| origin.span), Some(spans[0]));
}

#[test]
fn an_effect_is_handed_back_and_the_program_goes_on_behind_it() {
    let mut stage = Stage::new();
    let (mut program, d) = (Program::default(), Operand::new(Base::Frame, 0));
    let mut emit = Emitter::open(&mut program, 1);
    let (one, two) = (emit.constants(&[1]), emit.constants(&[2]));
    emit.push(Instr::Mov { d, a: one });
    emit.push(Instr::Effect { id: 77 });
    emit.push(Instr::AddI { d, a: d, b: two });
    let routine = emit.close(Some(d));
    let mut frame = [0; 1];
    let exit = stage.execute(&program, routine.start, &mut frame, &[]);
    assert_eq!(exit, Ok((1, Exit::Effect(77))));
    assert_eq!(stage.execute(&program, 2, &mut frame, &[]), Ok((3, Exit::Done)));
    assert_eq!(frame, [3]);
}

#[test]
fn an_effect_that_the_host_carries_out_does_not_stop_the_program() {
    let mut stage = Stage::new();
    let (mut program, d) = (Program::default(), Operand::new(Base::Frame, 0));
    let mut emit = Emitter::open(&mut program, 1);
    let two = emit.constants(&[2]);
    emit.push(Instr::Effect { id: AT_ONCE });
    emit.push(Instr::AddI { d, a: d, b: two });
    emit.push(Instr::Effect { id: NEVER });
    let routine = emit.close(Some(d));
    let mut frame = [0; 1];
    let fault = stage.execute(&program, routine.start, &mut frame, &[]).expect_err("the last effect fails");
    assert_eq!((fault.pc, fault.what.as_str(), frame), (2, "this effect always fails", [42]));
}

#[test]
fn a_member_of_a_group_is_picked_by_one_draw() {
    let mut stage = Stage::new();
    let compiled = stage.compile("pick(crowd)", None).expect("a group");
    assert_eq!(stage.run(&compiled), Ok(vec![100 + (stage.bits >> 60)]));
}

#[test]
fn an_event_without_payload_reads_as_missing() {
    let mut stage = Stage::new();
    stage.event.clear();
    let compiled = stage.compile("event.size", None).expect("well typed");
    let mut frame = vec![0; compiled.routine.frame as usize];
    let mut program = compiled.program.clone();
    let start = program.code.len() as u32;
    program.code.extend([Instr::Mov { d: Operand::new(Base::Frame, 0), a: Operand(compiled.routine.result) }, Instr::End]);
    let exit = stage.execute(&program, start, &mut frame, &[]);
    assert_eq!((exit.map(|(_, exit)| exit), frame[0]), (Ok(Exit::Done), NONE));
}

#[test]
fn the_frame_has_an_end_and_says_so() {
    let mut program = Program::default();
    let mut emit = Emitter::open(&mut program, 0);
    let last = emit.alloc(Operand::LIMIT as u16 - 1);
    assert!(!emit.overflow);
    assert_eq!(last.index(), 0);
    emit.alloc(1);
    assert!(emit.overflow);
    emit.alloc(u16::MAX);
    assert!(emit.overflow);
}

#[test]
fn constants_are_kept_once_and_have_an_end() {
    let mut program = Program::default();
    let mut emit = Emitter::open(&mut program, 0);
    let (first, pair) = (emit.constants(&[1, 2, 3]), emit.constants(&[2, 3]));
    assert_eq!((first.index(), pair.index()), (0, 1));
    assert_eq!(emit.constant(pair), Some(2));
    assert_eq!(emit.constant(Operand::new(Base::Row, 0)), None);
    let large: Vec<u64> = (0..Operand::LIMIT as u64).map(|word| word + 100).collect();
    emit.constants(&large);
    assert!(emit.overflow);
}

/// Runs `write`'s instructions on five given words of frame; gives the frame, the code's length and the row's slot of `x`.
fn written(stage: &mut Stage, write: impl FnOnce(&mut Compiler<'_, '_>, Operand)) -> (Vec<u64>, usize, usize) {
    let slot = stage.row.iter().position(|word| *word == 2.5_f64.to_bits()).expect("x");
    let mut program = Program::default();
    let mut emit = Emitter::open(&mut program, 5);
    write(&mut Compiler { emit: &mut emit, scope: stage, present: Vec::new() }, Operand::new(Base::Row, slot as u16));
    let routine = emit.close(None);
    let mut frame = vec![0; routine.frame as usize];
    let exit = stage.execute(&program, routine.start, &mut frame, &[]);
    assert_eq!(exit.map(|(_, exit)| exit), Ok(Exit::Done));
    (frame, program.code.len(), slot)
}

#[test]
fn a_store_into_the_row_writes_there_and_nowhere_else() {
    let mut stage = Stage::new();
    let mut expected = stage.row.clone();
    let expr = parse("x * 2 + x").expect("an expression");
    let (_, length, slot) = written(&mut stage, |compiler, row| compiler.expr_into(&expr, &NUMBER, row).expect("a number"));
    assert_eq!(length, 3, "the sum goes straight to the row");
    expected[slot] = 7.5_f64.to_bits();
    assert_eq!(stage.row, expected);
}

#[test]
fn a_local_keeps_its_value_when_it_is_copied() {
    let mut stage = Stage::new();
    let local = Operand::new(Base::Frame, 3);
    let expr = parse("x * 2").expect("an expression");
    let (frame, _, slot) = written(&mut stage, |compiler, row| {
        compiler.expr_into(&expr, &NUMBER, local).expect("a number");
        compiler.emit.copy(row, local, 1);
    });
    assert_eq!((frame[3], stage.row[slot]), (5.0_f64.to_bits(), 5.0_f64.to_bits()));
}
