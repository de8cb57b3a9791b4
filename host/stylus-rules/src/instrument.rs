//! What Nitro weaves into every function of a program before it compiles it.
//!
//! In this order, each step working on what the one before produced:
//!
//! 1. **Ink**: at the head of each basic block, trap unless the block (and the check) can be paid for, then deduct it.
//! 2. **Bulk memory**: before `memory.fill` and `memory.copy`, pay for the bytes.
//! 3. **Stack**: at a function's head, trap unless its worst case fits into the stack that is left, then deduct it; give
//!    it back before each return.
//! 4. **Memory**: before `memory.grow`, call the host function that charges for the pages.
//!
//! A branch to the outermost label leaves a function without giving its stack back. That is how the chain does it.

use std::fmt;

use wasmparser::{BlockType, Operator};

use crate::ink;

/// Name under which the ink left (i64) is exported.
pub const INK_LEFT: &str = "stylus_ink_left";
/// Name under which the ink status (i32: 1 when ink ran out) is exported.
pub const INK_STATUS: &str = "stylus_ink_status";
/// Name of the global that holds an operand while it is examined.
pub const SCRATCH: &str = "stylus_scratch_global";
/// Name under which the words of stack left (i32: 0 when the stack ran out) are exported.
pub const STACK_LEFT: &str = "stylus_stack_left";
/// Globals added behind those of the program, in this order: ink left, ink status, scratch, stack left.
pub const ADDED_GLOBALS: u32 = 4;

/// Most words that one function's frame may take.
pub const MAX_FRAME_WORDS: u32 = 10 * 1024;
/// Most values that one function may hold on the operand stack.
pub const MAX_FRAME_CONTENTION: u32 = 4096;
/// Words of a frame besides locals and operands.
const FRAME_OVERHEAD_WORDS: u32 = 4;

/// Number of parameters and results of a function type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arity {
    /// Parameters.
    pub params: u32,
    /// Results.
    pub results: u32,
}

/// What the instrumentation has to know of a module.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// Arity of each function type.
    pub types: Vec<Arity>,
    /// Type index of each function, imported ones first.
    pub functions: Vec<u32>,
    /// Globals of the program itself; the added ones follow.
    pub globals: u32,
    /// Function index of the import that pays for memory; `None` when memory cannot grow.
    pub pay_for_memory_grow: Option<u32>,
}

impl Shape {
    fn type_arity(&self, index: u32) -> Option<Arity> {
        self.types.get(usize::try_from(index).ok()?).copied()
    }

    fn function_arity(&self, index: u32) -> Option<Arity> {
        self.type_arity(*self.functions.get(usize::try_from(index).ok()?)?)
    }

    fn ink_left(&self) -> u32 {
        self.globals
    }

    fn ink_status(&self) -> u32 {
        self.globals + 1
    }

    fn scratch(&self) -> u32 {
        self.globals + 2
    }

    fn stack_left(&self) -> u32 {
        self.globals + 3
    }
}

/// Why a function cannot be instrumented.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstrumentError {
    /// An instruction without a price.
    #[error("instruction {name} ({proposal}) is not supported")]
    Unsupported {
        /// The instruction.
        name: String,
        /// The part of WebAssembly that it comes from.
        proposal: &'static str,
    },
    /// An index that the module does not have, or unbalanced scopes: the module was not validated.
    #[error("malformed function body")]
    Malformed,
    /// The frame is too large.
    #[error("frame of {words} words exceeds {MAX_FRAME_WORDS}")]
    FrameTooLarge {
        /// Words of the frame.
        words: u32,
    },
    /// Too many values at once.
    #[error("{values} values on the operand stack at once exceed {MAX_FRAME_CONTENTION}")]
    TooManyValues {
        /// Values at the worst moment.
        values: u32,
    },
}

impl InstrumentError {
    pub(crate) fn unsupported(op: &Operator<'_>) -> Self {
        Self::Unsupported {
            name: Name(op).to_string(),
            proposal: proposal(op),
        }
    }
}

/// The instructions of a function with everything woven in.
///
/// `body` ends with the function's final `end`; `locals` counts the declared locals without the parameters.
pub fn instrument<'a>(
    body: Vec<Operator<'a>>,
    locals: u32,
    shape: &Shape,
) -> Result<Vec<Operator<'a>>, InstrumentError> {
    let metered = meter(body, shape)?;
    let priced = pay_for_bulk_memory(metered, shape);
    let bounded = bound_stack(priced, locals, shape)?;
    Ok(pay_for_growth(bounded, shape))
}

fn meter<'a>(body: Vec<Operator<'a>>, shape: &Shape) -> Result<Vec<Operator<'a>>, InstrumentError> {
    let (left, status) = (shape.ink_left(), shape.ink_status());
    let params_of_type = |index| shape.type_arity(index).map(|arity| u64::from(arity.params));
    let mut out = Vec::with_capacity(body.len() * 3);
    let mut block = Vec::new();
    let mut block_ink: u64 = 0;
    for op in body {
        let ink = ink::instruction_ink(&op, params_of_type).ok_or_else(|| InstrumentError::unsupported(&op))?;
        block_ink = block_ink.saturating_add(ink);
        let last = ink::ends_basic_block(&op);
        block.push(op);
        if last {
            let cost = constant_i64(block_ink.saturating_add(ink::BLOCK_HEADER_INK));
            out.extend([get(left), cost.clone(), Operator::I64LtU]);
            out.extend(trap_setting(status, 1));
            out.extend([get(left), cost, Operator::I64Sub, set(left)]);
            out.append(&mut block);
            block_ink = 0;
        }
    }
    if block.is_empty() {
        Ok(out)
    } else {
        Err(InstrumentError::Malformed)
    }
}

fn pay_for_bulk_memory<'a>(body: Vec<Operator<'a>>, shape: &Shape) -> Vec<Operator<'a>> {
    let (left, status, scratch) = (shape.ink_left(), shape.ink_status(), shape.scratch());
    let mut out = Vec::with_capacity(body.len());
    for op in body {
        let per_byte = match op {
            Operator::MemoryFill { .. } => Some(ink::MEMORY_FILL_BYTE_INK),
            Operator::MemoryCopy { .. } => Some(ink::MEMORY_COPY_BYTE_INK),
            _ => None,
        };
        if let Some(per_byte) = per_byte {
            // The length is on top of the stack. Below zero the unsigned subtraction wraps to more than was there.
            out.extend([set(scratch), get(left), get(left), get(scratch)]);
            out.extend([Operator::I64ExtendI32U, constant_i64(per_byte), Operator::I64Mul]);
            out.extend([Operator::I64Sub, set(left), get(left), Operator::I64LtU]);
            out.extend(trap_setting(status, 1));
            out.push(get(scratch));
        }
        out.push(op);
    }
    out
}

fn bound_stack<'a>(
    mut body: Vec<Operator<'a>>,
    locals: u32,
    shape: &Shape,
) -> Result<Vec<Operator<'a>>, InstrumentError> {
    let values = most_values_at_once(&body, shape)?;
    if values > MAX_FRAME_CONTENTION {
        return Err(InstrumentError::TooManyValues { values });
    }
    let words = values.saturating_add(locals).saturating_add(FRAME_OVERHEAD_WORDS);
    if words > MAX_FRAME_WORDS {
        return Err(InstrumentError::FrameTooLarge { words });
    }

    let stack = shape.stack_left();
    let mut out = Vec::with_capacity(body.len() + 32);
    out.extend([get(stack), constant_i32(words), Operator::I32LeU]);
    out.extend(trap_setting(stack, 0));
    out.extend([get(stack), constant_i32(words), Operator::I32Sub, set(stack)]);

    // Falling off the end returns too, and has to give the stack back.
    let end = body.pop().ok_or(InstrumentError::Malformed)?;
    body.extend([Operator::Return, end]);
    for op in body {
        if matches!(op, Operator::Return) {
            out.extend([get(stack), constant_i32(words), Operator::I32Add, set(stack)]);
        }
        out.push(op);
    }
    Ok(out)
}

fn pay_for_growth<'a>(body: Vec<Operator<'a>>, shape: &Shape) -> Vec<Operator<'a>> {
    let Some(function_index) = shape.pay_for_memory_grow else {
        return body;
    };
    let scratch = shape.scratch();
    let mut out = Vec::with_capacity(body.len());
    for op in body {
        if matches!(op, Operator::MemoryGrow { .. }) {
            out.extend([
                set(scratch),
                get(scratch),
                get(scratch),
                Operator::Call { function_index },
            ]);
        }
        out.push(op);
    }
    out
}

/// The most operands that a function holds at once, counted the way the chain counts them: in the order of the text,
/// whatever can be reached.
fn most_values_at_once(body: &[Operator<'_>], shape: &Shape) -> Result<u32, InstrumentError> {
    use Operator as O;
    let malformed = InstrumentError::Malformed;
    let mut height = Height::default();
    let mut scopes = vec![0];
    for op in body {
        match op {
            O::Block { blockty } | O::Loop { blockty } => {
                height.enter(*blockty, shape)?;
                scopes.push(height.now);
            }
            O::If { blockty } => {
                height.pop(1);
                height.enter(*blockty, shape)?;
                scopes.push(height.now);
            }
            O::Else => height.now = *scopes.last().ok_or(malformed.clone())?,
            O::End => height.now = scopes.pop().ok_or(malformed.clone())?,
            O::Call { function_index } => height.call(shape.function_arity(*function_index).ok_or(malformed.clone())?),
            O::CallIndirect { type_index, .. } => {
                height.call(shape.type_arity(*type_index).ok_or(malformed.clone())?);
                height.pop(1);
            }
            op => match operand_effect(op) {
                Effect::Push => height.push(1),
                Effect::None => {}
                Effect::Pop(count) => height.pop(count),
            },
        }
    }
    Ok(height.most)
}

#[derive(Default)]
struct Height {
    now: u32,
    most: u32,
}

impl Height {
    fn push(&mut self, count: u32) {
        self.now = self.now.saturating_add(count);
        self.most = self.most.max(self.now);
    }

    fn pop(&mut self, count: u32) {
        self.now = self.now.saturating_sub(count);
    }

    /// Results are pushed before parameters are popped.
    fn call(&mut self, arity: Arity) {
        self.push(arity.results);
        self.pop(arity.params);
    }

    fn enter(&mut self, block: BlockType, shape: &Shape) -> Result<(), InstrumentError> {
        match block {
            BlockType::Empty => {}
            BlockType::Type(_) => self.push(1),
            BlockType::FuncType(index) => self.call(shape.type_arity(index).ok_or(InstrumentError::Malformed)?),
        }
        Ok(())
    }
}

enum Effect {
    Push,
    None,
    Pop(u32),
}

/// What a priced instruction without scopes or calls does to the number of operands.
fn operand_effect(op: &Operator<'_>) -> Effect {
    use Operator as O;
    match op {
        O::LocalGet { .. } | O::GlobalGet { .. } | O::MemorySize { .. } | O::I32Const { .. } | O::I64Const { .. } => {
            Effect::Push
        }
        O::Nop
        | O::Unreachable
        | O::Br { .. }
        | O::Return
        | O::LocalTee { .. }
        | O::MemoryGrow { .. }
        | O::I32Eqz
        | O::I64Eqz
        | O::I32Clz
        | O::I32Ctz
        | O::I32Popcnt
        | O::I64Clz
        | O::I64Ctz
        | O::I64Popcnt
        | O::I32Load { .. }
        | O::I64Load { .. }
        | O::I32Load8S { .. }
        | O::I32Load8U { .. }
        | O::I32Load16S { .. }
        | O::I32Load16U { .. }
        | O::I64Load8S { .. }
        | O::I64Load8U { .. }
        | O::I64Load16S { .. }
        | O::I64Load16U { .. }
        | O::I64Load32S { .. }
        | O::I64Load32U { .. }
        | O::I32WrapI64
        | O::I64ExtendI32S
        | O::I64ExtendI32U
        | O::I32Extend8S
        | O::I32Extend16S
        | O::I64Extend8S
        | O::I64Extend16S
        | O::I64Extend32S => Effect::None,
        O::Select
        | O::I32Store { .. }
        | O::I64Store { .. }
        | O::I32Store8 { .. }
        | O::I32Store16 { .. }
        | O::I64Store8 { .. }
        | O::I64Store16 { .. }
        | O::I64Store32 { .. } => Effect::Pop(2),
        O::MemoryFill { .. } | O::MemoryCopy { .. } => Effect::Pop(3),
        // Comparisons, arithmetic, `drop`, `br_if`, `br_table`, `local.set`, `global.set`.
        _ => Effect::Pop(1),
    }
}

fn get<'a>(global_index: u32) -> Operator<'a> {
    Operator::GlobalGet { global_index }
}

fn set<'a>(global_index: u32) -> Operator<'a> {
    Operator::GlobalSet { global_index }
}

fn constant_i64<'a>(value: u64) -> Operator<'a> {
    Operator::I64Const {
        value: value.cast_signed(),
    }
}

fn constant_i32<'a>(value: u32) -> Operator<'a> {
    Operator::I32Const {
        value: value.cast_signed(),
    }
}

/// If the operand is not zero, note why in a global, and trap.
fn trap_setting<'a>(global_index: u32, value: u32) -> [Operator<'a>; 5] {
    let blockty = BlockType::Empty;
    [
        Operator::If { blockty },
        constant_i32(value),
        set(global_index),
        Operator::Unreachable,
        Operator::End,
    ]
}

/// The name of an instruction without its operands.
struct Name<'o, 'a>(&'o Operator<'a>);

impl fmt::Display for Name<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:?}", self.0);
        f.write_str(text.split([' ', '{', '(']).next().unwrap_or_default())
    }
}

/// The part of WebAssembly that an instruction belongs to.
fn proposal(op: &Operator<'_>) -> &'static str {
    macro_rules! proposals {
        ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*) )*) => {
            match op {
                $( Operator::$op { .. } => stringify!($proposal), )*
                _ => "unknown",
            }
        };
    }
    match wasmparser::for_each_operator!(proposals) {
        // What is in the first version and has no price computes with floating point.
        "mvp" | "saturating_float_to_int" => "floating point",
        other => other,
    }
}

#[cfg(test)]
mod tests;
