//! Reads a WebAssembly module into what the rules look at, refusing what no program may contain.

use std::collections::{HashMap, HashSet};

use wasmparser::{
    BinaryReader, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType, Name, NameSectionReader,
    Operator, Parser, Payload, TypeRef, ValType, Validator, WasmFeatures,
};

use crate::activation::ActivationError as Error;
use crate::hostio;
use crate::instrument::{ADDED_GLOBALS, Arity, INK_LEFT, INK_STATUS, InstrumentError, SCRATCH, STACK_LEFT, Shape};

/// What validation allows. Floating point types are allowed, its instructions are refused one by one.
const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::GC_TYPES);

const ENTRY_POINT: &str = "user_entrypoint";
const MEMORY: &str = "memory";
const RESERVED_PREFIX: &str = "stylus";
const MAX_NAME_LEN: usize = 512;

/// A function of the program itself.
pub(crate) struct Function<'a> {
    /// Declared locals, without parameters.
    pub(crate) locals: u32,
    /// Instructions with the final `end`.
    pub(crate) body: Vec<Operator<'a>>,
}

/// A module that passed every check that does not depend on its size.
pub(crate) struct Module<'a> {
    pub(crate) shape: Shape,
    pub(crate) imports: usize,
    pub(crate) functions: Vec<Function<'a>>,
    /// Parameters and results over all functions of the program itself.
    pub(crate) type_len: u64,
    pub(crate) data_segments: usize,
    /// Bytes of the data section's entries with their headers.
    pub(crate) data_range_len: u64,
    /// Bytes of the data alone.
    pub(crate) data_len: u64,
    pub(crate) element_segments: usize,
    pub(crate) element_range_len: u64,
    pub(crate) table_entries: u64,
    /// Pages of memory at the start.
    pub(crate) pages: u64,
}

#[derive(Default)]
struct Reader<'a> {
    types: Vec<FuncType>,
    imports: Vec<(&'a str, &'a str, u32)>,
    functions: Vec<u32>,
    tables: Vec<u64>,
    memories: Vec<(u64, Option<u64>)>,
    globals: u32,
    exports: HashMap<&'a str, (ExternalKind, u32)>,
    start: Option<u32>,
    bodies: Vec<Function<'a>>,
    data: Vec<Segment>,
    elements: Vec<Segment>,
}

/// A data or element segment: the bytes of its entry, its contents, and where they go.
struct Segment {
    range_len: u64,
    len: u64,
    offset: Option<i32>,
}

/// Reads and checks a module.
pub(crate) fn read(wasm: &[u8]) -> Result<Module<'_>, Error> {
    // The instructions first: naming the one that is refused helps more than what validation says of it.
    let reader = Reader::read(wasm)?;
    Validator::new_with_features(FEATURES)
        .validate_all(wasm)
        .map_err(invalid)?;
    reader.check()
}

#[allow(clippy::needless_pass_by_value)] // what `map_err` hands over
fn invalid(error: wasmparser::Error) -> Error {
    Error::Invalid(error.to_string())
}

impl<'a> Reader<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            reader.section(payload.map_err(invalid)?)?;
        }
        Ok(reader)
    }

    fn section(&mut self, payload: Payload<'a>) -> Result<(), Error> {
        match payload {
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    self.types.push(ty.map_err(invalid)?);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(invalid)?;
                    let TypeRef::Func(ty) = import.ty else {
                        return Err(Error::ImportKind(format!("{}.{}", import.module, import.name)));
                    };
                    self.imports.push((import.module, import.name, ty));
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    self.functions.push(ty.map_err(invalid)?);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    self.tables.push(table.map_err(invalid)?.ty.initial);
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let memory = memory.map_err(invalid)?;
                    self.memories.push((memory.initial, memory.maximum));
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    constant(&global.map_err(invalid)?.init_expr).ok_or(Error::GlobalInitializer(self.globals))?;
                    self.globals = self.globals.saturating_add(1);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export.map_err(invalid)?;
                    self.exports.insert(export.name, (export.kind, export.index));
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(elements) => {
                for element in elements {
                    self.element(element.map_err(invalid)?)?;
                }
            }
            Payload::DataSection(data) => {
                for segment in data {
                    let segment = segment.map_err(invalid)?;
                    let offset = match &segment.kind {
                        DataKind::Passive => None,
                        DataKind::Active { offset_expr, .. } => {
                            Some(i32_constant(offset_expr).ok_or(Error::SegmentOffset("data"))?)
                        }
                    };
                    self.data.push(Segment {
                        range_len: segment.range.end.saturating_sub(segment.range.start),
                        len: segment.data.len() as u64,
                        offset,
                    });
                }
            }
            Payload::CodeSectionEntry(body) => self.function(&body)?,
            Payload::CustomSection(section) if section.name() == "name" => names(section.data())?,
            Payload::Version { num: 1, .. }
            | Payload::CodeSectionStart { .. }
            | Payload::CustomSection(_)
            | Payload::End(_) => {}
            Payload::DataCountSection { .. } => return Err(Error::Section("data count")),
            Payload::TagSection(_) => return Err(Error::Section("tag")),
            _ => return Err(Error::Section("unknown")),
        }
        Ok(())
    }

    fn element(&mut self, element: wasmparser::Element<'a>) -> Result<(), Error> {
        let offset = match &element.kind {
            ElementKind::Active { offset_expr, .. } => {
                Some(i32_constant(offset_expr).ok_or(Error::SegmentOffset("element"))?)
            }
            ElementKind::Passive | ElementKind::Declared => None,
        };
        let len = match element.items {
            ElementItems::Functions(functions) => functions.count(),
            ElementItems::Expressions(..) if offset.is_some() => return Err(Error::ElementExpressions),
            ElementItems::Expressions(_, expressions) => expressions.count(),
        };
        let range_len = element.range.end.saturating_sub(element.range.start);
        self.elements.push(Segment {
            range_len,
            len: u64::from(len),
            offset,
        });
        Ok(())
    }

    fn function(&mut self, body: &wasmparser::FunctionBody<'a>) -> Result<(), Error> {
        let mut locals = 0_u32;
        for declaration in body.get_locals_reader().map_err(invalid)? {
            locals = locals.saturating_add(declaration.map_err(invalid)?.0);
        }
        let operators = body.get_operators_reader().map_err(invalid)?;
        let body = operators.into_iter().collect::<Result<Vec<_>, _>>().map_err(invalid)?;
        // Types are checked later, so any index will do here.
        if let Some(op) = body
            .iter()
            .find(|op| crate::ink::instruction_ink(op, |_| Some(0)).is_none())
        {
            return Err(Error::Function {
                function: u32::try_from(self.bodies.len()).unwrap_or(u32::MAX),
                error: InstrumentError::unsupported(op),
            });
        }
        self.bodies.push(Function { locals, body });
        Ok(())
    }

    fn check(self) -> Result<Module<'a>, Error> {
        if self.start.is_some() {
            return Err(Error::StartFunction);
        }
        self.check_names()?;
        let memory = self.memory()?;
        let pay_for_memory_grow = self.check_imports(memory)?;
        self.check_entry_point()?;
        self.check_segments(memory.0)?;

        let arity = |ty: &FuncType| Arity {
            params: count(ty.params()),
            results: count(ty.results()),
        };
        let types: Vec<Arity> = self.types.iter().map(arity).collect();
        let type_len = self
            .functions
            .iter()
            .filter_map(|&index| types.get(usize::try_from(index).ok()?))
            .map(|arity| u64::from(arity.params) + u64::from(arity.results))
            .sum();
        let functions = self
            .imports
            .iter()
            .map(|import| import.2)
            .chain(self.functions.iter().copied())
            .collect();
        Ok(Module {
            shape: Shape {
                types,
                functions,
                globals: self.globals,
                pay_for_memory_grow,
            },
            imports: self.imports.len(),
            functions: self.bodies,
            type_len,
            data_segments: self.data.len(),
            data_range_len: self.data.iter().map(|segment| segment.range_len).sum(),
            data_len: self.data.iter().map(|segment| segment.len).sum(),
            element_segments: self.elements.len(),
            element_range_len: self.elements.iter().map(|segment| segment.range_len).sum(),
            table_entries: self.tables.iter().fold(0, |sum, entries| sum.saturating_add(*entries)),
            pages: memory.0,
        })
    }

    /// No inconsistent imports, no export named like an import, nothing that looks like the chain's own symbols.
    fn check_names(&self) -> Result<(), Error> {
        let mut types = HashMap::new();
        for &(module, name, ty) in &self.imports {
            if types.insert((module, name), ty).is_some_and(|before| before != ty) {
                return Err(Error::InconsistentImport(format!("{module}.{name}")));
            }
        }
        let exported: HashSet<&str> = self
            .exports
            .keys()
            .filter_map(|name| name.rsplit("__").next())
            .collect();
        for &(_, name, _) in &self.imports {
            if exported.contains(name) {
                return Err(Error::ExportedImport(name.to_owned()));
            }
            if name.starts_with(RESERVED_PREFIX) {
                return Err(Error::ReservedSymbol(name.to_owned()));
            }
        }
        let added = [INK_LEFT, INK_STATUS, SCRATCH, STACK_LEFT];
        debug_assert!(added.len() == ADDED_GLOBALS as usize && added.iter().all(|x| x.starts_with(RESERVED_PREFIX)));
        match exported.into_iter().find(|name| name.starts_with(RESERVED_PREFIX)) {
            Some(name) => Err(Error::ReservedSymbol(name.to_owned())),
            None => Ok(()),
        }
    }

    /// Initial and maximal pages of the one memory.
    fn memory(&self) -> Result<(u64, Option<u64>), Error> {
        match self.memories[..] {
            [memory] if self.exports.get(MEMORY) == Some(&(ExternalKind::Memory, 0)) => Ok(memory),
            [] | [_] => Err(Error::MissingMemory),
            _ => Err(Error::ManyMemories(self.memories.len())),
        }
    }

    /// Only host functions, each with its type. Returns the index of the one that pays for growth, where it is needed.
    fn check_imports(&self, memory: (u64, Option<u64>)) -> Result<Option<u32>, Error> {
        for &(module, name, ty) in &self.imports {
            let unknown = || Error::UnknownImport(format!("{module}.{name}"));
            if module != hostio::MODULE {
                return Err(unknown());
            }
            let (params, results) = hostio::signature(name).ok_or_else(unknown)?;
            let ty = self.type_at(ty)?;
            if ty.params() != params || ty.results() != results {
                return Err(Error::ImportType(name.to_owned()));
            }
        }
        if memory.1 == Some(memory.0) {
            return Ok(None);
        }
        let position = self
            .imports
            .iter()
            .position(|import| import.1 == hostio::PAY_FOR_MEMORY_GROW);
        let position = position.ok_or(Error::MissingImport(hostio::PAY_FOR_MEMORY_GROW))?;
        Ok(Some(
            u32::try_from(position).map_err(|_| Error::MissingImport(hostio::PAY_FOR_MEMORY_GROW))?,
        ))
    }

    fn check_entry_point(&self) -> Result<(), Error> {
        let &(kind, index) = self.exports.get(ENTRY_POINT).ok_or(Error::MissingEntryPoint)?;
        let imports = count(&self.imports);
        let index = match index.checked_sub(imports) {
            None => self.imports.get(index as usize).map(|import| import.2),
            Some(local) => self.functions.get(local as usize).copied(),
        };
        let index = index
            .filter(|_| kind == ExternalKind::Func)
            .ok_or(Error::EntryPointKind)?;
        let ty = self.type_at(index)?;
        if ty.params() == [ValType::I32] && ty.results() == [ValType::I32] {
            Ok(())
        } else {
            Err(Error::EntryPointType)
        }
    }

    /// Active segments lie within the memory and the table as they are at the start.
    fn check_segments(&self, pages: u64) -> Result<(), Error> {
        let fits = |segment: &Segment, room: u64| match segment.offset.map(u64::try_from) {
            None => true,
            Some(Ok(offset)) => offset.saturating_add(segment.len) <= room,
            Some(Err(_)) => false,
        };
        if !self
            .data
            .iter()
            .all(|segment| fits(segment, pages.saturating_mul(65_536)))
        {
            return Err(Error::SegmentOutOfBounds("data"));
        }
        let entries = self.tables.first().copied().unwrap_or_default();
        if !self.elements.iter().all(|segment| fits(segment, entries)) {
            return Err(Error::SegmentOutOfBounds("element"));
        }
        Ok(())
    }

    fn type_at(&self, index: u32) -> Result<&FuncType, Error> {
        self.types
            .get(index as usize)
            .ok_or_else(|| Error::Invalid(format!("no type {index}")))
    }
}

fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}

/// The single constant of an initializer.
fn constant<'a>(expression: &ConstExpr<'a>) -> Option<Operator<'a>> {
    let mut operators = expression.get_operators_reader();
    let (value, end) = (operators.read().ok()?, operators.read().ok()?);
    let constant = matches!(
        value,
        Operator::I32Const { .. } | Operator::I64Const { .. } | Operator::F32Const { .. } | Operator::F64Const { .. }
    );
    (constant && matches!(end, Operator::End) && operators.eof()).then_some(value)
}

fn i32_constant(expression: &ConstExpr<'_>) -> Option<i32> {
    match constant(expression)? {
        Operator::I32Const { value } => Some(value),
        _ => None,
    }
}

/// The name section has to be readable, and the module's name of a sane length.
fn names(data: &[u8]) -> Result<(), Error> {
    for name in NameSectionReader::new(BinaryReader::new(data, 0)) {
        match name.map_err(invalid)? {
            Name::Module { name, .. } if name.len() > MAX_NAME_LEN => {
                return Err(Error::NameTooLong {
                    len: name.len(),
                    limit: MAX_NAME_LEN,
                });
            }
            Name::Function(functions) => {
                for naming in functions {
                    naming.map_err(invalid)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}
