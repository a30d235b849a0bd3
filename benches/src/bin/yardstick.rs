//! `yardstick DATA_DIR N QUERIES ANSWERS_FILE`: the exact best 20 of the first N parties of the yardstick market for
//! its first questions, on one thread, with all that a question costs.
//!
//! Prints one line of JSON and writes the answers, one line a question: `id:score` twenty times, best first.

use std::{
    env,
    fmt::Write,
    fs,
    hint::black_box,
    io::{self, Write as _},
    path::Path,
    time::Instant,
};

use scoring::index::{Found, Index};

fn main() -> io::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [folder, rows, queries, answers] = &args[..] else {
        return Err(io::Error::other(
            "usage: yardstick DATA_DIR N QUERIES ANSWERS_FILE",
        ));
    };
    let number = |text: &str| text.parse::<usize>().map_err(io::Error::other);
    let (rows, queries) = (number(rows)?, number(queries)?);
    let folder = Path::new(folder);
    let parties = benches::read_parties(folder, rows)?;
    let questions = benches::read_questions(folder, queries)?;
    let (layout, columns) = benches::columns();
    let order = benches::clustered(&parties);
    let index = columns.index(layout, &parties, &order);

    let ask = |index: &Index, question| {
        let plan = columns.plan(question);
        index.best(&[plan], 20, None, &|owner| u128::from(owner))
    };
    for question in questions.iter().cycle().take(20) {
        black_box(ask(&index, question));
    }
    let mut text = String::new();
    let mut times_ms = Vec::with_capacity(queries);
    for question in &questions {
        let start = Instant::now();
        let list = ask(&index, black_box(question));
        times_ms.push(start.elapsed().as_secs_f64() * 1e3);
        write_line(&mut text, &list);
    }
    fs::write(answers, text)?;
    times_ms.sort_by(f64::total_cmp);
    let share = |tenths: usize| times_ms[(times_ms.len() - 1) * tenths / 10];
    writeln!(
        io::stdout(),
        "{{\"peer\":\"nakodo\",\"N\":{rows},\"n\":{queries},\"p50_ms\":{:.4},\"p10_ms\":{:.4},\"p90_ms\":{:.4},\"mem_mb\":{}.{}}}",
        share(5),
        share(1),
        share(9),
        index.bytes() / 1_000_000,
        index.bytes() / 100_000 % 10,
    )
}

fn write_line(text: &mut String, list: &[Found]) {
    let place = |found: &Found| format!("{}:{}", found.owner, found.points);
    let places: Vec<String> = list.iter().map(place).collect();
    writeln!(text, "{}", places.join(" ")).expect("a string takes all");
}
