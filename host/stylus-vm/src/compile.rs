//! From WebAssembly to machine code: instruments every function and compiles it with the singlepass compiler.

use std::mem;
use std::sync::Arc;

use stylus_rules::instrument::{self, INK_LEFT, INK_STATUS, SCRATCH, STACK_LEFT, Shape};
use stylus_rules::{StylusParams, activation};
use wasmer::sys::{
    EngineBuilder, FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware, Singlepass,
};
use wasmer::{ExportIndex, GlobalInit, GlobalType, LocalFunctionIndex, Module, ModuleInfo, Mutability, Pages, Type};
use wasmparser::{Operator, ValType};

use crate::CompileError;

/// Most memory of a program, whatever it declares: what the chain lets a transaction hold.
const MAX_MEMORY: Pages = Pages(StylusParams::ARBOS_51.page_limit as u32);

/// A compiled program. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) engine: wasmer::Engine,
    pub(crate) module: Module,
}

/// Compiles a program that passed activation.
pub(crate) fn compile(wasm: &[u8]) -> Result<Program, CompileError> {
    let shape = Arc::new(activation::shape(wasm)?);
    let mut compiler = Singlepass::new();
    wasmer::sys::CompilerConfig::push_middleware(&mut compiler, Arc::new(Instrumentation { shape }));
    let engine: wasmer::Engine = EngineBuilder::new(compiler).engine().into();
    let module = Module::from_binary(&engine, wasm).map_err(|error| CompileError::Compiler(error.to_string()))?;
    Ok(Program { engine, module })
}

/// Weaves ink, stack and memory bounds into a module.
#[derive(Debug)]
struct Instrumentation {
    shape: Arc<Shape>,
}

impl ModuleMiddleware for Instrumentation {
    fn generate_function_middleware<'a>(&self, _: LocalFunctionIndex) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        Box::new(FunctionInstrumentation {
            shape: Arc::clone(&self.shape),
            locals: 0,
            open_scopes: 1,
            body: Vec::new(),
        })
    }

    fn transform_module_info(&self, info: &mut ModuleInfo) -> Result<(), MiddlewareError> {
        if info.globals.len() != self.shape.globals as usize {
            return Err(error("globals do not match those of the analysis"));
        }
        // Without this, a program that declares no maximum could ask for all that 32 bits address.
        for memory in info.memories.values_mut() {
            let declared = memory.maximum.unwrap_or(MAX_MEMORY);
            memory.maximum = Some(declared.min(MAX_MEMORY));
        }
        let added = [
            (INK_LEFT, Type::I64, GlobalInit::I64Const(0)),
            (INK_STATUS, Type::I32, GlobalInit::I32Const(0)),
            (SCRATCH, Type::I32, GlobalInit::I32Const(0)),
            (STACK_LEFT, Type::I32, GlobalInit::I32Const(0)),
        ];
        for (name, ty, init) in added {
            let index = info.globals.push(GlobalType::new(ty, Mutability::Var));
            info.global_initializers.push(init);
            info.exports.insert(name.to_owned(), ExportIndex::Global(index));
        }
        Ok(())
    }
}

/// Collects a function, since what goes to its head depends on all of it.
#[derive(Debug)]
struct FunctionInstrumentation<'a> {
    shape: Arc<Shape>,
    locals: u32,
    open_scopes: usize,
    body: Vec<Operator<'a>>,
}

impl<'a> FunctionMiddleware<'a> for FunctionInstrumentation<'a> {
    fn locals_info(&mut self, locals: &[ValType]) {
        self.locals = u32::try_from(locals.len()).unwrap_or(u32::MAX);
    }

    fn feed(&mut self, op: Operator<'a>, out: &mut MiddlewareReaderState<'a>) -> Result<(), MiddlewareError> {
        match op {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => self.open_scopes += 1,
            Operator::End => self.open_scopes = self.open_scopes.saturating_sub(1),
            _ => {}
        }
        self.body.push(op);
        if self.open_scopes == 0 {
            let body = mem::take(&mut self.body);
            out.extend(instrument::instrument(body, self.locals, &self.shape).map_err(|e| error(&e.to_string()))?);
        }
        Ok(())
    }
}

fn error(message: &str) -> MiddlewareError {
    MiddlewareError::new("stylus", message)
}
